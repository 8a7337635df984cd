-- A tournament asks no further what is clearly behind.

ALTER TABLE evaluations ADD COLUMN tournament JSON;
COMMENT ON COLUMN evaluations.tournament IS 'Standing of the subject in the tournament of the task (--llm-tournament), as a JSON object: metric, standing (winner, tied, behind, dropped, open, error), is_baseline, alpha, n_samples, n_total, value, beaten_by, p_value, n_more and is_higher_better; NULL if there was none';
COMMENT ON COLUMN evaluations.order_seed IS 'Seed of the random order of its samples (--llm-sequential, --llm-tournament, or a budget), the same for all subjects of a run; NULL if samples were asked in the order of the dataset';

ALTER TABLE verdicts ADD COLUMN is_dropped BOOLEAN;
COMMENT ON COLUMN verdicts.is_dropped IS 'Whether a tournament dropped the subject, so that nothing was decided; the verdict is then undecided and is shown as dropped; NULL for no';
