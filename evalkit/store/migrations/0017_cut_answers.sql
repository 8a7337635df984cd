-- Answers that were cut at max_tokens are not wrong answers: metrics stand with and without them.

ALTER TABLE metrics ADD COLUMN n_cut BIGINT;
COMMENT ON COLUMN metrics.n_cut IS 'Responses behind the number that were cut at max_tokens; NULL where none was, and in rows of older evalkits';

ALTER TABLE metrics ADD COLUMN value_without_cut DOUBLE;
COMMENT ON COLUMN metrics.value_without_cut IS 'The number over the other responses; NULL where n_cut is, and where the others give none';

COMMENT ON COLUMN evaluations.gates IS 'Gates that were selected, as a JSON object: gates, max_error_rate, min_common and max_truncated_rate; NULL where unknown';
