-- One row per device in use. A device is one normalised serial over its sightings that are not excluded;
-- without a usable serial, one per device_key, which never matches a record.
-- tables: discovered_devices, assets
WITH sightings AS (
  SELECT device_key, business_unit, first_seen_at, last_seen_at, source, serial, serial_key
  FROM discovered_devices
  WHERE NOT excluded
),
named AS (
  SELECT *, CASE WHEN serial_key IS NULL THEN CONCAT('key ', device_key) ELSE CONCAT('serial ', serial_key) END AS device
  FROM sightings
),
ordered AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY device ORDER BY last_seen_at DESC, device_key DESC) AS recency FROM named
),
spans AS (
  SELECT device, MIN(first_seen_at) AS first_seen_at, MAX(last_seen_at) AS last_seen_at FROM named GROUP BY device
),
records AS (
  SELECT asset_id, business_unit, approved, serial_key
  FROM assets
  WHERE lifecycle_state NOT IN ('retired', 'disposed')
),
numbered AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY serial_key ORDER BY asset_id) AS pick FROM records WHERE serial_key IS NOT NULL
),
approvals AS (
  SELECT serial_key, COUNT(*) AS approved_records FROM records WHERE serial_key IS NOT NULL AND approved GROUP BY serial_key
),
placed AS (
  SELECT
    o.device, o.device_key, o.serial, o.source, s.first_seen_at, s.last_seen_at, r.asset_id,
    CASE WHEN r.serial_key IS NULL THEN o.business_unit ELSE r.business_unit END AS business_unit,
    r.serial_key IS NOT NULL AS matched,
    p.serial_key IS NULL AS unapproved
  FROM ordered AS o
  JOIN spans AS s ON s.device = o.device
  LEFT JOIN (SELECT * FROM numbered WHERE pick = 1) AS r ON r.serial_key = o.serial_key
  LEFT JOIN approvals AS p ON p.serial_key = o.serial_key
  WHERE o.recency = 1
)
SELECT *, unapproved AND first_seen_at < ${back(grace_window, business_unit)} AS unauthorized
FROM placed
WHERE last_seen_at >= ${back(device_window, business_unit)}
