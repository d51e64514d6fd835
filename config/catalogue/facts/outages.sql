-- One row per outage that ends inside the period: strictly overlapping failures of one asset are one
-- outage, merged over the whole ledger, with the unit and class of its first failure (the asset record's class where it names none).
-- tables: related_failures, assets
-- dimension: asset_class
WITH following AS (
  SELECT *, LAG(asset_id) OVER (ORDER BY asset_id, down_at, resolved_at, incident_id) AS asset_before,
    LAG(resolved_at) OVER (ORDER BY asset_id, down_at, resolved_at, incident_id) AS resolved_before
  FROM related_failures WHERE asset_id IS NOT NULL
),
-- where no failure begins before the one before it has ended, none overlaps another
overlapping AS (
  SELECT DISTINCT asset_id FROM following WHERE asset_before = asset_id AND down_at < resolved_before
),
apart AS (
  SELECT f.* FROM related_failures AS f LEFT JOIN overlapping AS o ON o.asset_id = f.asset_id
  WHERE o.asset_id IS NULL AND f.resolved_at >= ${start} AND f.resolved_at < ${end}
),
running AS (
  SELECT f.*,
    MAX(f.resolved_at) OVER (PARTITION BY f.asset_id ORDER BY f.down_at, f.resolved_at, f.incident_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS up_so_far
  FROM related_failures AS f JOIN overlapping AS o ON o.asset_id = f.asset_id
),
stepped AS (
  SELECT *, LAG(up_so_far) OVER (PARTITION BY asset_id ORDER BY down_at, resolved_at, incident_id) AS up_before FROM running
),
marked AS (
  SELECT *, CASE WHEN up_before IS NULL OR down_at >= up_before THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS starts
  FROM stepped
),
grouped AS (
  SELECT *, SUM(starts) OVER (PARTITION BY asset_id ORDER BY down_at, resolved_at, incident_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS outage
  FROM marked
),
merged AS (
  SELECT asset_id, outage, MIN(down_at) AS down_at, MAX(resolved_at) AS up_at,
    MAX(affected_users) AS affected_users, CAST(COUNT(*) AS BIGINT) AS incidents
  FROM grouped GROUP BY asset_id, outage
),
outages AS (
  SELECT g.business_unit, g.asset_class, g.asset_id, g.incident_id, m.down_at, m.up_at, m.incidents, m.affected_users
  FROM merged AS m
  JOIN (SELECT * FROM grouped WHERE starts = 1) AS g ON g.asset_id = m.asset_id AND g.outage = m.outage
  WHERE m.up_at >= ${start} AND m.up_at < ${end}
  UNION ALL
  SELECT business_unit, asset_class, asset_id, incident_id, down_at, resolved_at AS up_at, CAST(1 AS BIGINT) AS incidents, affected_users
  FROM apart
)
SELECT o.business_unit, COALESCE(o.asset_class, a.asset_class) AS asset_class, o.asset_id, o.incident_id, o.down_at, o.up_at, o.incidents, o.affected_users,
  ${microseconds(o.down_at, o.up_at)} AS down_microseconds,
  CAST(${microseconds(o.down_at, o.up_at)} AS DOUBLE) / 3600000000.0 AS down_hours
FROM outages AS o
LEFT JOIN (SELECT asset_id, asset_class FROM assets) AS a ON a.asset_id = o.asset_id
