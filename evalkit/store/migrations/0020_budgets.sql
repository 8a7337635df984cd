-- A budget may end a session before all was asked.

ALTER TABLE runs ADD COLUMN budget JSON;
COMMENT ON COLUMN runs.budget IS 'What the session was allowed to spend and what it spent, as a JSON object: limits, spent, spent_by (the limit that stopped further requests, or null) and n_assumed; NULL if there was no limit';

ALTER TABLE evaluations ADD COLUMN n_left_out BIGINT;
COMMENT ON COLUMN evaluations.n_left_out IS 'Samples that were not asked because the budget of the session was spent; NULL if all were';
COMMENT ON COLUMN evaluations.order_seed IS 'What the random order of its samples was drawn from (--llm-sequential, or a budget), the same for all subjects of a run; NULL where samples were asked as they stand in the dataset';
