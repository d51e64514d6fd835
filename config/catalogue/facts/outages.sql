-- One row per outage that ends inside the period: strictly overlapping failures of one asset are one
-- outage, merged over the whole ledger, with the unit and class of its first failure (the asset record's class where it names none).
-- tables: incidents, assets
-- dimension: asset_class
WITH failures AS (
  SELECT incident_id, business_unit, asset_class, asset_id, affected_users,
    CASE WHEN asset_id IS NULL THEN CONCAT('incident ', incident_id) ELSE CONCAT('asset ', asset_id) END AS subject,
    COALESCE(failed_at, opened_at) AS down_at, resolved_at
  FROM incidents
  WHERE kind = 'failure' AND state NOT IN ('cancelled', 'duplicate') AND resolved_at IS NOT NULL
),
-- an outage ends with one of its failures: assets without one that ends inside the period have none to count
touched AS (
  SELECT DISTINCT subject FROM failures WHERE resolved_at >= ${start} AND resolved_at < ${end}
),
running AS (
  SELECT f.*,
    MAX(f.resolved_at) OVER (PARTITION BY f.subject ORDER BY f.down_at, f.resolved_at, f.incident_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS up_so_far
  FROM failures AS f JOIN touched AS t ON t.subject = f.subject
),
stepped AS (
  SELECT *, LAG(up_so_far) OVER (PARTITION BY subject ORDER BY down_at, resolved_at, incident_id) AS up_before FROM running
),
marked AS (
  SELECT *, CASE WHEN up_before IS NULL OR down_at >= up_before THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS starts
  FROM stepped
),
grouped AS (
  SELECT *, SUM(starts) OVER (PARTITION BY subject ORDER BY down_at, resolved_at, incident_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS outage
  FROM marked
),
merged AS (
  SELECT subject, outage, MIN(down_at) AS down_at, MAX(resolved_at) AS up_at,
    MAX(affected_users) AS affected_users, COUNT(*) AS incidents
  FROM grouped GROUP BY subject, outage
)
SELECT g.business_unit, COALESCE(g.asset_class, a.asset_class) AS asset_class, g.asset_id, g.incident_id, m.down_at, m.up_at, m.incidents, m.affected_users,
  ${microseconds(m.down_at, m.up_at)} AS down_microseconds,
  CAST(${microseconds(m.down_at, m.up_at)} AS DOUBLE) / 3600000000.0 AS down_hours
FROM merged AS m
JOIN (SELECT * FROM grouped WHERE starts = 1) AS g ON g.subject = m.subject AND g.outage = m.outage
LEFT JOIN (SELECT asset_id, asset_class FROM assets) AS a ON a.asset_id = g.asset_id
WHERE m.up_at >= ${start} AND m.up_at < ${end}
