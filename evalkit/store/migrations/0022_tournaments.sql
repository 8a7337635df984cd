-- A tournament asks no further what is clearly behind.

ALTER TABLE evaluations ADD COLUMN tournament JSON;
COMMENT ON COLUMN evaluations.tournament IS 'How the subject stood in the tournament of the task (--llm-tournament), as a JSON object: metric, standing (winner, tied, behind, dropped, open, error), is_baseline, alpha, n_samples, n_total, value, beaten_by, p_value, n_more and is_higher_better; NULL where there was none';
COMMENT ON COLUMN evaluations.order_seed IS 'What the random order of its samples was drawn from (--llm-sequential, --llm-tournament, or a budget), the same for all subjects of a run; NULL where samples were asked as they stand in the dataset';

ALTER TABLE verdicts ADD COLUMN is_dropped BOOLEAN;
COMMENT ON COLUMN verdicts.is_dropped IS 'Whether a tournament asked the subject no further, so that nothing was decided; its verdict is undecided then, and is shown as dropped; NULL for no';
