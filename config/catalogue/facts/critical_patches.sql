-- (asset, critical patch) pairs whose 72-hour window ends inside the period, superseded ones and
-- exceptions included. A late install never becomes compliant.
-- tables: patches
WITH windows AS (
  SELECT *, ${after(released_at, critical_patch_window, business_unit)} AS window_ends_at
  FROM patches WHERE severity = 'critical'
)
SELECT asset_id, patch_id, business_unit, released_at, installed_at, window_ends_at,
  COALESCE(installed_at <= window_ends_at, FALSE) AND NOT pending_reboot AS in_time
FROM windows
WHERE window_ends_at >= ${start} AND window_ends_at < ${end}
