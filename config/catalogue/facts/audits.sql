-- Audits completed inside the period, with their item counts where they have both.
-- tables: audits, audit_findings
WITH majors AS (
  SELECT audit_id, COUNT(*) AS findings FROM audit_findings
  WHERE severity = 'major' AND raised_on <= ${last_day} GROUP BY audit_id
)
SELECT a.audit_id, a.business_unit, a.kind, a.completed_on, a.items_tested, a.items_clean,
  a.items_tested IS NOT NULL AND a.items_clean IS NOT NULL AS itemised,
  m.audit_id IS NULL AS no_major
FROM audits AS a
LEFT JOIN majors AS m ON m.audit_id = a.audit_id
WHERE a.completed_on >= ${start_date} AND a.completed_on <= ${last_day}
