-- Returns due inside the period, judged at its end; what the holder bought out was not due back.
-- tables: returns
-- dimension: trigger
SELECT return_id, asset_id, business_unit, trigger, due_on, received_on, outcome, book_value_average AS book_value,
  COALESCE(outcome = 'returned' AND received_on <= ${last_day}, FALSE) AS recovered
FROM returns
WHERE due_on >= ${start_date} AND due_on <= ${last_day} AND COALESCE(outcome <> 'bought_out', TRUE)
