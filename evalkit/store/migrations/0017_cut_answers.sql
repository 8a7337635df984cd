-- Answers that were cut at max_tokens are not wrong answers: metrics stand with and without them.

ALTER TABLE metrics ADD COLUMN n_cut BIGINT;
COMMENT ON COLUMN metrics.n_cut IS 'Responses in the number that were cut at max_tokens; NULL if none was, and in rows of older versions of evalkit';

ALTER TABLE metrics ADD COLUMN value_without_cut DOUBLE;
COMMENT ON COLUMN metrics.value_without_cut IS 'The number computed from the other responses; NULL if n_cut is NULL or the others give no number';

COMMENT ON COLUMN evaluations.gates IS 'Gates that were selected, as a JSON object: gates, max_error_rate, min_common and max_truncated_rate; NULL where unknown';
