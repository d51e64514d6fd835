-- One row per device in use. A device is one normalised serial over its sightings that are not excluded;
-- without a usable serial, one per device_key, which never matches a record. Of several sightings the last one
-- describes the device (of those at one time the highest device_key); of several records the first by asset_id.
-- tables: discovered_devices, assets
WITH sightings AS (
  SELECT device_key, first_seen_at, last_seen_at,
    CASE WHEN serial_key IS NULL THEN CONCAT('key ', device_key) ELSE CONCAT('serial ', serial_key) END AS device
  FROM discovered_devices
  WHERE NOT excluded
),
spans AS (
  SELECT device, MIN(first_seen_at) AS first_seen_at, MAX(last_seen_at) AS last_seen_at,
    -- the key behind the 19 digits and the blank
    SUBSTRING(MAX(CONCAT(${sortable(last_seen_at)}, ' ', device_key)), 21) AS device_key
  FROM sightings GROUP BY device
),
records AS (
  SELECT serial_key, MIN(asset_id) AS asset_id, MAX(approved) AS approved
  FROM assets
  WHERE lifecycle_state NOT IN ('retired', 'disposed') AND serial_key IS NOT NULL
  GROUP BY serial_key
),
matches AS (
  SELECT r.serial_key, r.approved, a.asset_id, a.business_unit
  FROM records AS r JOIN assets AS a ON a.asset_id = r.asset_id
),
placed AS (
  SELECT
    s.device, o.device_key, o.serial, o.source, s.first_seen_at, s.last_seen_at, m.asset_id,
    CASE WHEN m.serial_key IS NULL THEN o.business_unit ELSE m.business_unit END AS business_unit,
    m.serial_key IS NOT NULL AS matched,
    NOT COALESCE(m.approved, FALSE) AS unapproved
  FROM spans AS s
  JOIN discovered_devices AS o ON o.device_key = s.device_key
  LEFT JOIN matches AS m ON m.serial_key = o.serial_key
)
SELECT *, unapproved AND first_seen_at < ${back(grace_window, business_unit)} AS unauthorized
FROM placed
WHERE last_seen_at >= ${back(device_window, business_unit)}
