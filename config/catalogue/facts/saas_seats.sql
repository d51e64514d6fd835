-- One row per SaaS seat assigned to a user.
-- tables: saas_seats
-- dimension: product
SELECT app AS product, user_id, business_unit, assigned_on, last_active_on,
  COALESCE(last_active_on >= ${back_date(seat_activity_window, business_unit)}, FALSE) AS active
FROM saas_seats
