-- What was asked for, and by which gates: whether an evaluation is whole can be told from its own rows.

ALTER TABLE evaluations ADD COLUMN n_repeats INTEGER;
COMMENT ON COLUMN evaluations.n_repeats IS 'Responses requested per sample, without those of --llm-rerun; NULL where unknown (imports, older versions of evalkit)';

ALTER TABLE evaluations ADD COLUMN n_available BIGINT;
COMMENT ON COLUMN evaluations.n_available IS 'Samples in the dataset, whether asked for or not; NULL where unknown';

ALTER TABLE evaluations ADD COLUMN gates JSON;
COMMENT ON COLUMN evaluations.gates IS 'Gates that were selected, as a JSON object: gates, max_error_rate and min_common; NULL where unknown';

COMMENT ON COLUMN responses.sample_hash IS 'Digests of the fields of the sample that are read (input:9f86d081 target:60303ae2 …); NULL in rows from other tools and older versions of evalkit';
