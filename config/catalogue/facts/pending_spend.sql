-- Cost lines dated in the period that are still pending, of every type except proceeds, at the average rate of
-- their month; no part of the spend until they are posted.
-- tables: costs
-- dimension: category
SELECT line_id, business_unit, category, posted_on, amount_average AS amount
FROM costs
WHERE state = 'pending' AND cost_type <> 'proceeds' AND posted_on >= ${start_date} AND posted_on <= ${last_day}
  AND amount_average IS NOT NULL
