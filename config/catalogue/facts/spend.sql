-- Spend of the period: posted lines of every type except proceeds, credits negative, at the average
-- rate of the month of posting; a line without a rate is left out.
-- tables: costs
-- dimension: category
SELECT line_id, business_unit, category, vendor, posted_on, asset_id, amount_average AS amount
FROM costs
WHERE state = 'posted' AND cost_type <> 'proceeds' AND posted_on >= ${start_date} AND posted_on <= ${last_day}
  AND amount_average IS NOT NULL
