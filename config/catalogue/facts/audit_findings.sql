-- Findings raised inside the period, and those still open at its end with their exposure.
-- tables: audit_findings
-- dimension: severity
SELECT finding_id, audit_id, business_unit, severity, raised_on, closed_on, exposure_closing AS exposure,
  raised_on >= ${start_date} AND raised_on <= ${last_day} AS raised,
  raised_on <= ${last_day} AND COALESCE(closed_on > ${last_day}, TRUE) AS open
FROM audit_findings
