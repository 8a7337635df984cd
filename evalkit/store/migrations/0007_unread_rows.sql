-- Rows that came and do not fit their table: the run that lost them says so for good, and is never a baseline.

CREATE TABLE unread_rows (run_id VARCHAR, process VARCHAR, n_rows BIGINT, example VARCHAR, kept_in VARCHAR);
COMMENT ON TABLE unread_rows IS 'Rows that could not be stored; a run that has any is partial';
COMMENT ON COLUMN unread_rows.run_id IS 'The run that they belong to (runs.run_id)';
COMMENT ON COLUMN unread_rows.process IS 'The process that wrote them';
COMMENT ON COLUMN unread_rows.n_rows IS 'Number of rows';
COMMENT ON COLUMN unread_rows.example IS 'What is wrong with the first of them';
COMMENT ON COLUMN unread_rows.kept_in IS 'The file beside the store that holds them unchanged';
