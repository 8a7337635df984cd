-- A budget may end a session before all was asked.

ALTER TABLE runs ADD COLUMN budget JSON;
COMMENT ON COLUMN runs.budget IS 'What the session might spend and what it spent, as a JSON object: limits, spent, spent_by (the limit that ended the asking, or null) and n_assumed; NULL where nothing was bound';

ALTER TABLE evaluations ADD COLUMN n_left_out BIGINT;
COMMENT ON COLUMN evaluations.n_left_out IS 'Samples that were to be asked and were not, as the budget of the session was spent; NULL where all were';
COMMENT ON COLUMN evaluations.order_seed IS 'What the random order of its samples was drawn from (--llm-sequential, or a budget), the same for all subjects of a run; NULL where samples were asked as they stand in the dataset';
