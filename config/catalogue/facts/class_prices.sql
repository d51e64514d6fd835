-- Class price: the median positive purchase cost of the class's assets bought in the 12 months before
-- the end, enterprise-wide, else the class's list price, else none.
-- tables: assets, asset_classes
WITH bought AS (
  SELECT asset_class, MEDIAN(CAST(purchase_cost_closing AS DOUBLE)) AS price
  FROM assets
  WHERE purchase_cost_closing > 0 AND purchased_on >= ${months_before(12)} AND purchased_on <= ${last_day}
  GROUP BY asset_class
),
listed AS (
  SELECT asset_class, personal, CAST(list_price_closing AS DOUBLE) AS list_price FROM asset_classes
),
known AS (
  SELECT asset_class FROM bought UNION SELECT asset_class FROM listed
)
SELECT k.asset_class, l.personal, CAST(COALESCE(b.price, l.list_price) AS DECIMAL(38, 8)) AS price
FROM known AS k
LEFT JOIN bought AS b ON b.asset_class = k.asset_class
LEFT JOIN listed AS l ON l.asset_class = k.asset_class
