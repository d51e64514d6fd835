-- One row per asset in service with its lifecycle-to-date posted cost at the closing rate. An asset
-- without a posted acquisition line is not costed and lowers the coverage.
-- tables: assets, costs
-- dimension: asset_class
WITH lines AS (
  SELECT asset_id, cost_type, amount_closing AS amount
  FROM costs
  WHERE state = 'posted' AND posted_on <= ${last_day} AND asset_id IS NOT NULL AND amount_closing IS NOT NULL
),
acquired AS (
  SELECT asset_id, COUNT(*) AS acquisitions FROM lines WHERE cost_type = 'acquisition' GROUP BY asset_id
),
spent AS (
  SELECT asset_id, SUM(amount) AS cost FROM lines
  WHERE cost_type IN ('acquisition', 'deployment', 'maintenance', 'support', 'upgrade', 'disposal') GROUP BY asset_id
),
sold AS (
  SELECT asset_id, SUM(amount) AS proceeds FROM lines WHERE cost_type = 'proceeds' GROUP BY asset_id
)
SELECT
  a.asset_id, a.business_unit, a.asset_class, a.model,
  q.acquisitions IS NOT NULL AS costed,
  s.cost, d.proceeds,
  ${days(COALESCE(a.in_service_on, a.purchased_on), ${end_date})} AS days_in_service
FROM assets AS a
LEFT JOIN acquired AS q ON q.asset_id = a.asset_id
LEFT JOIN spent AS s ON s.asset_id = a.asset_id
LEFT JOIN sold AS d ON d.asset_id = a.asset_id
WHERE a.lifecycle_state IN ('in_use', 'in_repair')
