-- Licence-requiring installations of each product in each unit, by consumer where one may stand in several rows; who
-- stands in one row alone needs no telling apart.
-- tables: consumption
WITH told AS (
  SELECT product, business_unit, active,
    CASE WHEN repeated THEN is_user END AS is_user,
    CASE WHEN repeated THEN consumer END AS consumer
  FROM consumption
)
-- users and devices may share a name, so each consumer is told by both
SELECT product, business_unit, is_user, consumer,
  CAST(COUNT(*) AS BIGINT) AS occurrences, CAST(COUNT(*) FILTER (WHERE active) AS BIGINT) AS active_occurrences
FROM told GROUP BY product, business_unit, is_user, consumer
