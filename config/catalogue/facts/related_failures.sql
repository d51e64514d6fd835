-- Resolved failures that may belong to an outage that ends inside the period. An outage ends with one of its failures, so
-- assets of which none is resolved inside the period have none to count.
-- tables: incidents
WITH failures AS (
  SELECT incident_id, business_unit, asset_class, asset_id, affected_users, COALESCE(failed_at, opened_at) AS down_at, resolved_at
  FROM incidents
  WHERE kind = 'failure' AND state NOT IN ('cancelled', 'duplicate') AND resolved_at IS NOT NULL
),
touched AS (
  SELECT DISTINCT asset_id FROM failures WHERE asset_id IS NOT NULL AND resolved_at >= ${start} AND resolved_at < ${end}
)
SELECT f.* FROM failures AS f JOIN touched AS t ON t.asset_id = f.asset_id
UNION ALL
SELECT * FROM failures WHERE asset_id IS NULL AND resolved_at >= ${start} AND resolved_at < ${end}
