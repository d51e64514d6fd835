-- One row per asset record of the night. In service = in_use, in_repair; active record = not retired,
-- not disposed; under management = in_stock, in_transit, in_use, in_repair.
-- tables: assets, asset_classes, people, class_prices
-- dimension: asset_class
WITH judged AS (
  SELECT
    a.asset_id, a.business_unit, a.asset_class, a.model, a.serial, a.location, a.assigned_to, a.lifecycle_state,
    a.last_active_at, a.verified_on, a.verification_outcome, a.warranty_ends_on,
    a.lifecycle_state IN ('in_use', 'in_repair') AS in_service,
    a.lifecycle_state IN ('in_stock', 'in_transit', 'in_use', 'in_repair') AS under_management,
    a.lifecycle_state NOT IN ('retired', 'disposed') AS active_record,
    a.lifecycle_state = 'in_use' AS in_use,
    a.approved,
    COALESCE(c.has_telemetry, FALSE) AS has_telemetry,
    COALESCE(c.personal, FALSE) AS personal,
    a.assigned_to IS NOT NULL AS assigned,
    COALESCE(p.status = 'left', FALSE) AS holder_left,
    COALESCE(a.last_active_at >= ${back(activity_window, a.business_unit)}, FALSE)
      OR COALESCE(a.in_service_on >= ${back_date(activity_window, a.business_unit)}, FALSE) AS active,
    COALESCE(a.verified_on >= ${back_date(verification_window, a.business_unit)} AND a.verified_on <= ${last_day}, FALSE) AS verified,
    COALESCE(a.verification_outcome = 'matched', FALSE) AS matched,
    COALESCE(a.in_service_on, a.purchased_on) AS dated_on,
    ${month_index(COALESCE(a.in_service_on, a.purchased_on))} AS dated_month,
    CAST(ROUND(c.refresh_years * 12) AS BIGINT) AS refresh_months,
    ${month_index(${end_date})} AS end_month,
    r.price
  FROM assets AS a
  LEFT JOIN asset_classes AS c ON c.asset_class = a.asset_class
  LEFT JOIN people AS p ON p.person_id = a.assigned_to
  LEFT JOIN class_prices AS r ON r.asset_class = a.asset_class
)
SELECT *,
  -- completed months: the end is the first of a month, so only a first-of-month date completes one on it
  CASE WHEN EXTRACT(DAY FROM dated_on) = 1 THEN end_month - dated_month ELSE end_month - dated_month - 1 END AS age_months,
  -- strictly past date + refresh, where the end is the first of a month
  COALESCE(dated_month + refresh_months < end_month, FALSE) AS over_age,
  dated_month + refresh_months - end_month AS months_to_refresh
FROM judged
