-- Failures opened inside the period, not cancelled, not duplicate; the asset record's class where one names none.
-- tables: incidents, assets
-- dimension: asset_class
SELECT i.incident_id, i.business_unit, COALESCE(i.asset_class, a.asset_class) AS asset_class, i.asset_id, i.opened_at, i.state, i.asset_id IS NOT NULL AS attributed
FROM incidents AS i
LEFT JOIN (SELECT asset_id, asset_class FROM assets) AS a ON a.asset_id = i.asset_id
WHERE i.kind = 'failure' AND i.state NOT IN ('cancelled', 'duplicate') AND i.opened_at >= ${start} AND i.opened_at < ${end}
