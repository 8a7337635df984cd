-- Runs that may stop early ask their samples in a random order of their own.

ALTER TABLE evaluations ADD COLUMN order_seed VARCHAR;
COMMENT ON COLUMN evaluations.order_seed IS 'What the random order of its samples was drawn from (--llm-sequential), the same for all subjects of a run; NULL where samples were asked as they stand in the dataset';
