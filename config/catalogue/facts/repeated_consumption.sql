-- Hashes of more than one row of `consumption`. A row with a hash of its own is a consumer of its own, however many
-- there are; only the others have to be told apart.
-- tables: consumption
WITH counted AS (
  SELECT hash, COUNT(*) AS occurrences FROM consumption GROUP BY hash
)
SELECT hash FROM counted WHERE occurrences > 1
