-- Renewals of the 90 days after the end, at the closing rate, with the last day to give notice and what
-- is left to do.
-- tables: renewals
WITH ahead AS (
  SELECT renewal_id, vendor, product, business_unit, renewal_on, reviewed_on, outcome,
    annual_value_closing AS annual_value,
    CAST(CAST(CAST(renewal_on AS BIGINT) - notice_days AS INT) AS DATE) AS decide_by
  FROM renewals
  WHERE renewal_on > ${last_day} AND renewal_on <= ${days_after(90)}
)
SELECT *,
  CASE WHEN outcome = 'cancelled' THEN 'ends'
    WHEN reviewed_on <= decide_by AND reviewed_on <= ${last_day} THEN 'reviewed'
    WHEN decide_by <= ${last_day} THEN 'late'
    WHEN decide_by <= ${days_after(30)} THEN 'now'
    ELSE 'plan' END AS step
FROM ahead
