-- Renewals due inside the period. Reviewed = on or before renewal date minus notice; later is no review.
-- tables: renewals
SELECT renewal_id, vendor, product, business_unit, renewal_on, notice_days, reviewed_on, outcome,
  annual_value_average AS annual_value, new_annual_value_average AS new_annual_value,
  annual_value_average - new_annual_value_average AS saving,
  COALESCE(${days(reviewed_on, renewal_on)} >= notice_days, FALSE) AS reviewed,
  COALESCE(outcome = 'cancelled', FALSE) AS cancelled
FROM renewals
WHERE renewal_on >= ${start_date} AND renewal_on <= ${last_day}
