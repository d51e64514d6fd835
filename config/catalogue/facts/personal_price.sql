-- What a missing personal asset costs: the median class price over the personal classes.
-- tables: class_prices
SELECT 'Unassigned' AS business_unit, CAST(MEDIAN(CAST(price AS DOUBLE)) AS DECIMAL(38, 8)) AS price
FROM class_prices
WHERE personal AND price IS NOT NULL
