-- Consumers of each licensed product, and those who used it lately: by unit, and once over all units (no unit
-- named), where a consumer in two of them is one.
-- tables: unit_consumption
WITH by_product AS (
  SELECT product, is_user, consumer, SUM(occurrences) AS occurrences, SUM(active_occurrences) AS active_occurrences
  FROM unit_consumption GROUP BY product, is_user, consumer
),
all_told AS (
  SELECT product, business_unit, consumer, occurrences, active_occurrences FROM unit_consumption
  UNION ALL
  SELECT product, NULL AS business_unit, consumer, occurrences, active_occurrences FROM by_product
)
SELECT product, business_unit,
  CAST(SUM(CASE WHEN consumer IS NULL THEN occurrences ELSE CAST(1 AS BIGINT) END) AS DOUBLE) AS consumers,
  CAST(SUM(CASE WHEN consumer IS NULL THEN active_occurrences WHEN active_occurrences > 0 THEN CAST(1 AS BIGINT)
    ELSE CAST(0 AS BIGINT) END) AS DOUBLE) AS active_consumers
FROM all_told GROUP BY product, business_unit
