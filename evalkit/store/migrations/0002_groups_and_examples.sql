-- What samples have in common, and the few-shot examples that stood before them.

ALTER TABLE responses ADD COLUMN sample_group VARCHAR;
COMMENT ON COLUMN responses.sample_group IS 'What the sample has in common with others (its question, its subject), or NULL';

ALTER TABLE evaluations ADD COLUMN examples JSON;
COMMENT ON COLUMN evaluations.examples IS 'Few-shot examples shown before the inputs, as a JSON list of {sample_id, input, target}; NULL if none';
