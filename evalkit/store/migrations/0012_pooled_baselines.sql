-- Baselines of several runs: one lucky run is not what all others are measured by.

CREATE TABLE baseline_runs (name VARCHAR, run_id VARCHAR, started_at TIMESTAMP);
COMMENT ON TABLE baseline_runs IS 'Runs of baselines that pool several runs; a baseline of one run has no row';
COMMENT ON COLUMN baseline_runs.name IS 'The baseline (baselines.name)';
COMMENT ON COLUMN baseline_runs.run_id IS 'One of its runs (runs.run_id); the latest is baselines.run_id too';
COMMENT ON COLUMN baseline_runs.started_at IS 'When that run was started, UTC';
