-- Licence positions computed across the enterprise per product and shared out to units so that units
-- add up: consumption lies with the units of the distinct consumers, seats beyond it with the owners.
-- tables: entitlements, software_use
-- dimension: product
WITH pools AS (
  SELECT pool_id, product, metric, seats, license_type, owner_unit,
    CAST(annual_unit_price_closing AS DOUBLE) AS unit_price,
    -- a perpetual licence without maintenance costs nothing a year; its purchase price is sunk
    CASE WHEN license_type = 'subscription' THEN CAST(annual_unit_price_closing AS DOUBLE)
      WHEN annual_maintenance IS NULL THEN 0.0 ELSE CAST(annual_maintenance_closing AS DOUBLE) END AS run_price
  FROM entitlements
  WHERE COALESCE(starts_on <= ${last_day}, TRUE) AND COALESCE(ends_on >= ${last_day}, TRUE)
),
held AS (
  SELECT product, SUM(seats) AS seats,
    CAST(SUM(CAST(seats * unit_price AS DECIMAL(38, 8))) AS DOUBLE) AS price_sum, SUM(CASE WHEN unit_price IS NULL THEN 0.0 ELSE seats END) AS priced_seats,
    CAST(SUM(CAST(seats * run_price AS DECIMAL(38, 8))) AS DOUBLE) AS run_sum, SUM(CASE WHEN run_price IS NULL THEN 0.0 ELSE seats END) AS run_seats
  FROM pools GROUP BY product
),
ended AS (
  SELECT product, CAST(annual_unit_price_closing AS DOUBLE) AS unit_price,
    ROW_NUMBER() OVER (PARTITION BY product ORDER BY ends_on DESC, pool_id DESC) AS pick
  FROM entitlements WHERE ends_on < ${last_day}
),
consumed AS (
  SELECT product, consumers AS consumption, active_consumers AS active FROM software_use WHERE business_unit IS NULL
),
unit_use AS (
  SELECT product, business_unit, consumers, active_consumers FROM software_use WHERE business_unit IS NOT NULL
),
unit_sums AS (
  SELECT product, SUM(consumers) AS consumers, SUM(active_consumers) AS active_consumers FROM unit_use GROUP BY product
),
known AS (
  SELECT product FROM consumed UNION SELECT product FROM held
),
positions AS (
  SELECT k.product, COALESCE(c.consumption, 0.0) AS consumption, COALESCE(h.seats, 0.0) AS seats,
    LEAST(COALESCE(c.consumption, 0.0), COALESCE(h.seats, 0.0)) AS covered,
    LEAST(COALESCE(c.active, 0.0), COALESCE(h.seats, 0.0)) AS active,
    CASE WHEN h.seats > 0 THEN LEAST(COALESCE(c.active, 0.0) / h.seats, 1.0) ELSE 0.0 END AS used_share,
    COALESCE(CASE WHEN h.priced_seats > 0 THEN h.price_sum / h.priced_seats END, e.unit_price) AS unit_price,
    CASE WHEN h.run_seats > 0 THEN h.run_sum / h.run_seats END AS run_price,
    h.run_sum AS spend
  FROM known AS k
  LEFT JOIN consumed AS c ON c.product = k.product
  LEFT JOIN held AS h ON h.product = k.product
  LEFT JOIN (SELECT * FROM ended WHERE pick = 1) AS e ON e.product = k.product
),
shares AS (
  SELECT u.product, u.business_unit, p.consumption, p.seats, p.covered, p.active, p.unit_price, p.run_price, p.spend, p.used_share,
    u.consumers / s.consumers AS share,
    CASE WHEN s.active_consumers > 0 THEN u.active_consumers / s.active_consumers ELSE 0.0 END AS active_share
  FROM unit_use AS u
  JOIN unit_sums AS s ON s.product = u.product
  JOIN positions AS p ON p.product = u.product
),
owners AS (
  SELECT o.product, o.owner_unit AS business_unit, SUM(o.seats) AS seats
  FROM pools AS o GROUP BY o.product, o.owner_unit
),
placed AS (
  SELECT product, business_unit,
    consumption * share AS consumption,
    covered * share AS covered,
    (consumption - covered) * share AS shortfall_seats,
    (consumption - covered) * share * unit_price AS shortfall_value,
    (seats - covered) * share AS surplus_seats,
    (seats - covered) * share * unit_price AS surplus_value,
    active * active_share AS active_seats,
    covered * share AS seats,
    covered * share - active * active_share AS idle_seats,
    (covered * share - active * active_share) * run_price AS idle_value,
    CASE WHEN seats > 0 THEN spend * covered * share / seats END AS spend,
    CASE WHEN seats > 0 THEN spend * used_share * active_share END AS used_spend
  FROM shares
  UNION ALL
  SELECT o.product, o.business_unit,
    0.0 AS consumption, 0.0 AS covered, 0.0 AS shortfall_seats, 0.0 AS shortfall_value,
    CASE WHEN p.consumption > 0 OR p.seats <= 0 THEN 0.0 ELSE o.seats END AS surplus_seats,
    CASE WHEN p.consumption > 0 OR p.seats <= 0 THEN 0.0 ELSE o.seats * p.unit_price END AS surplus_value,
    0.0 AS active_seats,
    CASE WHEN p.seats > 0 THEN (p.seats - p.covered) * o.seats / p.seats ELSE 0.0 END AS seats,
    CASE WHEN p.seats > 0 THEN (p.seats - p.covered) * o.seats / p.seats ELSE 0.0 END AS idle_seats,
    CASE WHEN p.seats > 0 THEN (p.seats - p.covered) * o.seats / p.seats * p.run_price ELSE 0.0 END AS idle_value,
    CASE WHEN p.seats > 0 THEN p.spend * (p.seats - p.covered) / p.seats * o.seats / p.seats END AS spend,
    0.0 AS used_spend
  FROM owners AS o
  JOIN positions AS p ON p.product = o.product
)
-- exact from here on: a sum of shares must not depend on the order of the rows
SELECT product, business_unit,
  CAST(consumption AS DECIMAL(38, 10)) AS consumption,
  CAST(covered AS DECIMAL(38, 10)) AS covered,
  CAST(shortfall_seats AS DECIMAL(38, 10)) AS shortfall_seats,
  CAST(shortfall_value AS DECIMAL(38, 10)) AS shortfall_value,
  CAST(surplus_seats AS DECIMAL(38, 10)) AS surplus_seats,
  CAST(surplus_value AS DECIMAL(38, 10)) AS surplus_value,
  CAST(active_seats AS DECIMAL(38, 10)) AS active_seats,
  CAST(seats AS DECIMAL(38, 10)) AS seats,
  CAST(idle_seats AS DECIMAL(38, 10)) AS idle_seats,
  CAST(idle_value AS DECIMAL(38, 10)) AS idle_value,
  CAST(spend AS DECIMAL(38, 10)) AS spend,
  CAST(used_spend AS DECIMAL(38, 10)) AS used_spend
FROM placed
