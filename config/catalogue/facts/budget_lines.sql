-- Budget of the months of the period, at each month's average rate.
-- tables: budgets
-- dimension: category
SELECT business_unit, category, period, amount_average AS amount
FROM budgets
WHERE period IN (${months}) AND amount_average IS NOT NULL
