-- One row per licence-requiring installation and the one who consumes the licence there: a user or a device, by the
-- metric of the pools held.
-- tables: installations, user_products
-- repeats: product, consumer
WITH licensed AS (
  SELECT product, business_unit, user_id, device_id, last_used_on,
    COALESCE(product IN (SELECT product FROM user_products), FALSE) AND user_id IS NOT NULL AS is_user
  FROM installations
  WHERE license_required
)
SELECT product, business_unit, is_user,
  CASE WHEN is_user THEN user_id ELSE device_id END AS consumer,
  COALESCE(last_used_on >= ${back_date(usage_window, business_unit)}, FALSE) AS active
FROM licensed
