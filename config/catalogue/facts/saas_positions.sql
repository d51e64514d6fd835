-- SaaS seats purchased in valid subscriptions against their users, per app and shared out to units so
-- that units add up: assigned seats lie with the users' units (scaled down to the purchase where more
-- were assigned than bought), seats nobody was assigned with the owners.
-- tables: saas_subscriptions, saas_seats
-- dimension: product
WITH valid AS (
  SELECT app, owner_unit, seats, CAST(annual_seat_price_closing AS DOUBLE) AS price, ends_on
  FROM saas_subscriptions
  WHERE starts_on <= ${last_day} AND COALESCE(ends_on >= ${last_day}, TRUE)
),
bought AS (
  SELECT app, SUM(seats) AS seats, CAST(SUM(CAST(seats * price AS DECIMAL(38, 8))) AS DOUBLE) AS price_sum,
    SUM(CASE WHEN price IS NULL THEN 0.0 ELSE seats END) AS priced_seats, MIN(ends_on) AS term_ends_on
  FROM valid GROUP BY app
),
users AS (
  SELECT app, business_unit,
    CASE WHEN last_active_on >= ${back_date(seat_activity_window, business_unit)} THEN 1.0 ELSE 0.0 END AS active
  FROM saas_seats
),
unit_use AS (
  SELECT app, business_unit, CAST(COUNT(*) AS DOUBLE) AS assigned, SUM(active) AS active FROM users GROUP BY app, business_unit
),
app_use AS (
  SELECT app, SUM(assigned) AS assigned, SUM(active) AS active FROM unit_use GROUP BY app
),
positions AS (
  SELECT b.app, b.seats, b.term_ends_on, COALESCE(u.assigned, 0.0) AS assigned, COALESCE(u.active, 0.0) AS active,
    CASE WHEN u.assigned > b.seats THEN b.seats / u.assigned ELSE 1.0 END AS scale,
    LEAST(COALESCE(u.active, 0.0) / b.seats, 1.0) AS used_share,
    CASE WHEN b.priced_seats > 0 THEN b.price_sum / b.priced_seats END AS price,
    b.price_sum AS spend
  FROM bought AS b LEFT JOIN app_use AS u ON u.app = b.app
  WHERE b.seats > 0
),
owners AS (
  SELECT app, owner_unit AS business_unit, SUM(seats) AS seats FROM valid GROUP BY app, owner_unit
),
placed AS (
  SELECT u.app AS product, u.business_unit, p.term_ends_on,
    u.active * p.scale AS active_seats,
    u.assigned * p.scale AS seats,
    (u.assigned - u.active) * p.scale AS idle_seats,
    (u.assigned - u.active) * p.scale * p.price AS idle_value,
    p.spend * u.assigned * p.scale / p.seats AS spend,
    CASE WHEN p.active > 0 THEN p.spend * p.used_share * u.active / p.active ELSE 0.0 END AS used_spend
  FROM unit_use AS u JOIN positions AS p ON p.app = u.app
  UNION ALL
  SELECT o.app AS product, o.business_unit, p.term_ends_on,
    0.0 AS active_seats,
    (p.seats - p.assigned * p.scale) * o.seats / p.seats AS seats,
    (p.seats - p.assigned * p.scale) * o.seats / p.seats AS idle_seats,
    (p.seats - p.assigned * p.scale) * o.seats / p.seats * p.price AS idle_value,
    p.spend * (p.seats - p.assigned * p.scale) / p.seats * o.seats / p.seats AS spend,
    0.0 AS used_spend
  FROM owners AS o JOIN positions AS p ON p.app = o.app
)
-- exact from here on: a sum of shares must not depend on the order of the rows
SELECT product, business_unit, term_ends_on,
  CAST(active_seats AS DECIMAL(38, 10)) AS active_seats,
  CAST(seats AS DECIMAL(38, 10)) AS seats,
  CAST(idle_seats AS DECIMAL(38, 10)) AS idle_seats,
  CAST(idle_value AS DECIMAL(38, 10)) AS idle_value,
  CAST(spend AS DECIMAL(38, 10)) AS spend,
  CAST(used_spend AS DECIMAL(38, 10)) AS used_spend
FROM placed
