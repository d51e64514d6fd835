-- Purchased seats of a product taken apart: not allocated, allocated but not installed, installed but
-- unused. Allocated = users assigned under the product's name where there is such a list, else installed.
-- tables: entitlements, installations, saas_seats
-- dimension: product
WITH held AS (
  SELECT product, SUM(seats) AS seats, COUNT(*) FILTER (WHERE metric = 'user') AS user_pools, COUNT(*) AS pools,
    SUM(CASE WHEN metric = 'user' THEN seats ELSE 0.0 END) AS user_seats
  FROM entitlements
  WHERE COALESCE(starts_on <= ${last_day}, TRUE) AND COALESCE(ends_on >= ${last_day}, TRUE)
  GROUP BY product
),
uses AS (
  SELECT i.product,
    CASE WHEN (h.user_seats * 2.0 > h.seats OR h.user_pools = h.pools) AND i.user_id IS NOT NULL
      THEN CONCAT('user ', i.user_id) ELSE CONCAT('device ', i.device_id) END AS consumer,
    CASE WHEN i.last_used_on >= ${back_date(usage_window, i.business_unit)}
      THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS used
  FROM installations AS i JOIN held AS h ON h.product = i.product
  WHERE i.license_required
),
by_consumer AS (
  SELECT product, consumer, MAX(used) AS used FROM uses GROUP BY product, consumer
),
installed AS (
  SELECT product, CAST(COUNT(*) AS DOUBLE) AS installed, CAST(SUM(used) AS DOUBLE) AS used FROM by_consumer GROUP BY product
),
listed AS (
  SELECT app AS product, CAST(COUNT(DISTINCT user_id) AS DOUBLE) AS users FROM saas_seats GROUP BY app
),
chain AS (
  SELECT h.product, h.seats,
    LEAST(COALESCE(l.users, i.installed, 0.0), h.seats) AS allocated,
    LEAST(COALESCE(i.installed, 0.0), LEAST(COALESCE(l.users, i.installed, 0.0), h.seats)) AS installed,
    LEAST(COALESCE(i.used, 0.0), LEAST(COALESCE(i.installed, 0.0), LEAST(COALESCE(l.users, i.installed, 0.0), h.seats))) AS used
  FROM held AS h
  LEFT JOIN installed AS i ON i.product = h.product
  LEFT JOIN listed AS l ON l.product = h.product
)
SELECT 'Unassigned' AS business_unit, product, seats, seats - allocated AS not_allocated,
  allocated - installed AS allocated_not_installed, installed - used AS installed_unused
FROM chain
WHERE seats > 0
