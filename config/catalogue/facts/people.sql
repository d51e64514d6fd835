-- Active people who use assets: employees and contractors who have started and not ended by the last day.
-- tables: people
SELECT person_id, business_unit, status, kind
FROM people
WHERE status = 'active' AND kind IN ('employee', 'contractor')
  AND COALESCE(start_on <= ${last_day}, TRUE) AND COALESCE(end_on >= ${last_day}, TRUE)
