-- One row per asset in scope: not retired, not disposed, with at least one patch that is not superseded
-- and is due or installed. Unit and class are the asset record's.
-- tables: patches, assets
-- dimension: asset_class
WITH seen AS (
  SELECT asset_id, patch_id, exception, superseded, last_scanned_at,
    due_at <= ${end} AS due,
    COALESCE(installed_at <= ${end}, FALSE) AS installed,
    COALESCE(installed_at <= ${end}, FALSE) AND NOT pending_reboot AS effective
  FROM patches
),
per_asset AS (
  SELECT asset_id,
    MAX(last_scanned_at) AS scanned_at,
    COUNT(*) FILTER (WHERE NOT superseded AND (due OR installed)) AS in_scope,
    COUNT(*) FILTER (WHERE NOT superseded AND due AND NOT effective) AS open_patches,
    COUNT(*) FILTER (WHERE NOT superseded AND due AND NOT effective AND NOT exception) AS unexcused
  FROM seen GROUP BY asset_id
)
SELECT a.asset_id, a.business_unit, a.asset_class, a.model, p.scanned_at, p.open_patches,
  COALESCE(p.scanned_at >= ${back(scan_window, a.business_unit)}, FALSE) AS scan_fresh,
  p.open_patches = 0 AND COALESCE(p.scanned_at >= ${back(scan_window, a.business_unit)}, FALSE) AS compliant,
  p.unexcused = 0 AND COALESCE(p.scanned_at >= ${back(scan_window, a.business_unit)}, FALSE) AS compliant_with_exceptions
FROM per_asset AS p
JOIN assets AS a ON a.asset_id = p.asset_id
WHERE a.lifecycle_state NOT IN ('retired', 'disposed') AND p.in_scope > 0
