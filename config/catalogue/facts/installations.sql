-- One row per licence-requiring installation. Never used counts from the installation; one without any
-- date has no evidence of use and is unused.
-- tables: installations
-- dimension: product
SELECT installation_id, device_id, product, business_unit, user_id, installed_on, last_used_on,
  NOT COALESCE(COALESCE(last_used_on, installed_on) >= ${back_date(usage_window, business_unit)}, FALSE) AS unused
FROM installations
WHERE license_required
