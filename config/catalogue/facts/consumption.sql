-- One row per licence-requiring installation and the one who consumes the licence there: a user or a device, by the
-- metric of the pools held.
-- tables: entitlements, installations
-- repeats: product, consumer
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
)
SELECT i.product, i.business_unit, COALESCE(m.by_user, FALSE) AND i.user_id IS NOT NULL AS is_user,
  CASE WHEN COALESCE(m.by_user, FALSE) AND i.user_id IS NOT NULL THEN i.user_id ELSE i.device_id END AS consumer,
  COALESCE(i.last_used_on >= ${back_date(usage_window, i.business_unit)}, FALSE) AS active
FROM installations AS i LEFT JOIN metrics AS m ON m.product = i.product
WHERE i.license_required
