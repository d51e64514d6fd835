-- Consumers of each licensed product, and those who used it lately: by unit, and once over all units (no unit
-- named), where a consumer in two of them is one.
-- tables: consumption
WITH told AS (
  SELECT product, business_unit, active,
    CASE WHEN repeated THEN is_user END AS is_user,
    CASE WHEN repeated THEN consumer END AS consumer
  FROM consumption
),
-- users and devices may share a name, so each consumer is told by both; who stands in one row alone needs no telling
by_unit AS (
  SELECT product, business_unit, is_user, consumer,
    CAST(COUNT(*) AS BIGINT) AS occurrences, CAST(COUNT(*) FILTER (WHERE active) AS BIGINT) AS active_occurrences
  FROM told GROUP BY product, business_unit, is_user, consumer
),
by_product AS (
  SELECT product, is_user, consumer, SUM(occurrences) AS occurrences, SUM(active_occurrences) AS active_occurrences
  FROM by_unit GROUP BY product, is_user, consumer
),
all_told AS (
  SELECT product, business_unit, consumer, occurrences, active_occurrences FROM by_unit
  UNION ALL
  SELECT product, NULL AS business_unit, consumer, occurrences, active_occurrences FROM by_product
)
SELECT product, business_unit,
  CAST(SUM(CASE WHEN consumer IS NULL THEN occurrences ELSE CAST(1 AS BIGINT) END) AS DOUBLE) AS consumers,
  CAST(SUM(CASE WHEN consumer IS NULL THEN active_occurrences WHEN active_occurrences > 0 THEN CAST(1 AS BIGINT)
    ELSE CAST(0 AS BIGINT) END) AS DOUBLE) AS active_consumers
FROM all_told GROUP BY product, business_unit
