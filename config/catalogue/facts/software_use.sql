-- Consumers of each licensed product, and those who used it lately: by unit, and once over all units (no unit
-- named), where a consumer in two of them is one. A consumer is a user or a device, by the metric of the pools held.
-- tables: entitlements, installations
WITH held AS (
  SELECT product, SUM(seats) AS seats,
    SUM(CASE WHEN metric = 'user' THEN seats ELSE 0.0 END) AS user_seats,
    COUNT(*) FILTER (WHERE metric = 'user') AS user_pools,
    COUNT(*) AS pools
  FROM entitlements
  WHERE COALESCE(starts_on <= ${last_day}, TRUE) AND COALESCE(ends_on >= ${last_day}, TRUE)
  GROUP BY product
),
ended AS (
  SELECT product, metric, ROW_NUMBER() OVER (PARTITION BY product ORDER BY ends_on DESC, pool_id DESC) AS pick
  FROM entitlements WHERE ends_on < ${last_day}
),
metrics AS (
  SELECT product, user_seats * 2.0 > seats OR user_pools = pools AS by_user FROM held
  UNION ALL
  SELECT e.product, e.metric = 'user' AS by_user FROM ended AS e LEFT JOIN held AS h ON h.product = e.product WHERE e.pick = 1 AND h.product IS NULL
),
uses AS (
  SELECT i.product, i.business_unit, COALESCE(m.by_user, FALSE) AND i.user_id IS NOT NULL AS is_user,
    CASE WHEN COALESCE(m.by_user, FALSE) AND i.user_id IS NOT NULL THEN i.user_id ELSE i.device_id END AS consumer,
    COALESCE(i.last_used_on >= ${back_date(usage_window, i.business_unit)}, FALSE) AS active
  FROM installations AS i LEFT JOIN metrics AS m ON m.product = i.product
  WHERE i.license_required
),
-- users and devices may share a name, so each consumer is told by both
by_unit AS (
  SELECT product, business_unit, is_user, consumer, MAX(active) AS active FROM uses GROUP BY product, business_unit, is_user, consumer
),
by_product AS (
  SELECT product, is_user, consumer, MAX(active) AS active FROM by_unit GROUP BY product, is_user, consumer
)
SELECT product, business_unit, CAST(COUNT(*) AS DOUBLE) AS consumers, CAST(COUNT(*) FILTER (WHERE active) AS DOUBLE) AS active_consumers
FROM by_unit GROUP BY product, business_unit
UNION ALL
SELECT product, NULL AS business_unit, CAST(COUNT(*) AS DOUBLE) AS consumers, CAST(COUNT(*) FILTER (WHERE active) AS DOUBLE) AS active_consumers
FROM by_product GROUP BY product
