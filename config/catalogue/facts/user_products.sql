-- Products whose licences are held by users, not devices: by the metric of most seats of the pools held, without one
-- by that of the pool that ended last.
-- tables: entitlements
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
)
SELECT product FROM held WHERE user_seats * 2.0 > seats OR user_pools = pools
UNION ALL
SELECT e.product FROM ended AS e LEFT JOIN held AS h ON h.product = e.product
WHERE e.pick = 1 AND e.metric = 'user' AND h.product IS NULL
