-- One judgement may give several numbers.

ALTER TABLE scores ADD COLUMN named_values JSON;
COMMENT ON COLUMN scores.named_values IS 'Every value of a scorer that gives several, as a JSON object: name to number, value being that of the first; NULL where value is the only one';
