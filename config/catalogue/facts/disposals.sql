-- Disposals completed inside the period, and assets that left use and still wait at its end. A
-- disposal that names no class has the asset record's.
-- tables: disposals, assets
-- dimension: asset_class
SELECT d.asset_id, d.business_unit, COALESCE(d.asset_class, a.asset_class) AS asset_class, d.left_use_on, disposed_on, data_bearing, certificate, sanitized_on,
  COALESCE(disposed_on >= ${start_date} AND disposed_on <= ${last_day}, FALSE) AS completed,
  ${days(left_use_on, disposed_on)} AS days_to_disposal,
  left_use_on <= ${last_day} AND COALESCE(disposed_on > ${last_day}, TRUE) AS waiting,
  ${days(left_use_on, ${end_date})} AS days_waiting,
  COALESCE(sanitization_verified AND certificate IS NOT NULL AND sanitized_on <= disposed_on, FALSE) AS sanitized
FROM disposals AS d
LEFT JOIN (SELECT asset_id, asset_class FROM assets) AS a ON a.asset_id = d.asset_id
