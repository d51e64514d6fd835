-- Stages planned inside the period, judged at its end: complete on or before plan, with every earlier
-- recorded stage complete before the end. A stage never recorded does not matter.
-- tables: lifecycle_stages
-- dimension: stage
WITH ranked AS (
  SELECT asset_id, business_unit, stage, planned_on, completed_on,
    CASE stage WHEN 'procurement' THEN 1 WHEN 'deployment' THEN 2 WHEN 'active_use' THEN 3
      WHEN 'maintenance' THEN 4 ELSE 5 END AS step,
    COALESCE(completed_on <= ${last_day}, FALSE) AS complete
  FROM lifecycle_stages
),
open_steps AS (
  SELECT asset_id, MIN(step) AS first_open FROM ranked WHERE NOT complete GROUP BY asset_id
)
SELECT r.asset_id, r.business_unit, r.stage, r.planned_on, r.completed_on,
  r.complete AND r.completed_on <= r.planned_on AND COALESCE(o.first_open >= r.step, TRUE) AS on_plan
FROM ranked AS r
LEFT JOIN open_steps AS o ON o.asset_id = r.asset_id
WHERE r.planned_on >= ${start_date} AND r.planned_on <= ${last_day}
