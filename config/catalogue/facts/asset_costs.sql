-- One row per asset in service with its lifecycle-to-date posted cost at the closing rate. An asset
-- without a posted acquisition line is not costed and lowers the coverage.
-- tables: assets, costs
-- dimension: asset_class
WITH lines AS (
  SELECT asset_id, amount_closing AS amount, cost_type = 'acquisition' AS acquires, cost_type = 'proceeds' AS sells
  FROM costs
  WHERE state = 'posted' AND posted_on <= ${last_day} AND asset_id IS NOT NULL AND amount_closing IS NOT NULL
    AND cost_type IN ('acquisition', 'deployment', 'maintenance', 'support', 'upgrade', 'disposal', 'proceeds')
),
booked AS (
  SELECT asset_id,
    COUNT(*) FILTER (WHERE acquires) AS acquisitions,
    COUNT(*) FILTER (WHERE sells) AS sales,
    COUNT(*) FILTER (WHERE NOT sells) AS expenses,
    SUM(CASE WHEN sells THEN NULL ELSE amount END) AS cost,
    SUM(CASE WHEN sells THEN amount END) AS proceeds
  FROM lines GROUP BY asset_id
)
SELECT
  a.asset_id, a.business_unit, a.asset_class, a.model,
  COALESCE(b.acquisitions > 0, FALSE) AS costed,
  CASE WHEN b.expenses > 0 THEN b.cost END AS cost,
  CASE WHEN b.sales > 0 THEN b.proceeds END AS proceeds,
  ${days(COALESCE(a.in_service_on, a.purchased_on), ${end_date})} AS days_in_service
FROM assets AS a
LEFT JOIN booked AS b ON b.asset_id = a.asset_id
WHERE a.lifecycle_state IN ('in_use', 'in_repair')
