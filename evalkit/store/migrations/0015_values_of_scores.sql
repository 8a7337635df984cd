-- One judgement may give several numbers.

ALTER TABLE scores ADD COLUMN named_values JSON;
COMMENT ON COLUMN scores.named_values IS 'All values of a scorer that gives several, as a JSON object: name to number; value is the first of them; NULL if value is the only one';
