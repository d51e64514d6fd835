-- Purchased seats of a product taken apart: not allocated, allocated but not installed, installed but
-- unused. Allocated = users assigned under the product's name where there is such a list, else installed.
-- tables: entitlements, software_use, saas_seats
-- dimension: product
WITH held AS (
  SELECT product, SUM(seats) AS seats
  FROM entitlements
  WHERE COALESCE(starts_on <= ${last_day}, TRUE) AND COALESCE(ends_on >= ${last_day}, TRUE)
  GROUP BY product
),
installed AS (
  SELECT product, consumers AS installed, active_consumers AS used FROM software_use WHERE business_unit IS NULL
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
