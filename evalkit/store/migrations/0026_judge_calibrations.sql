-- How well judges agreed with people, so that gates know whether they may rest on a judge.

CREATE TABLE judge_calibrations (
    calibration_id VARCHAR, created_at TIMESTAMP, task VARCHAR, scorer VARCHAR, signature VARCHAR, judge VARCHAR,
    judge_revision VARCHAR, source VARCHAR, n_labels BIGINT, n_reviewers BIGINT, agreement DOUBLE, kappa DOUBLE,
    kappa_low DOUBLE, kappa_high DOUBLE, alpha DOUBLE, record JSON
);
COMMENT ON TABLE judge_calibrations IS 'One row for each time that a judge was measured against people (evalkit judge calibrate)';
COMMENT ON COLUMN judge_calibrations.calibration_id IS 'Primary key';
COMMENT ON COLUMN judge_calibrations.created_at IS 'When it was measured, UTC';
COMMENT ON COLUMN judge_calibrations.task IS 'Name of the task';
COMMENT ON COLUMN judge_calibrations.scorer IS 'What the judge''s scores are called in the task';
COMMENT ON COLUMN judge_calibrations.signature IS 'Signature of the scorer: judge, prompt, rubric and scale; of one criterion with .NAME behind it';
COMMENT ON COLUMN judge_calibrations.judge IS 'Spec of the judge, those of a panel joined by a comma';
COMMENT ON COLUMN judge_calibrations.judge_revision IS 'What the judge said of itself; NULL where it says nothing';
COMMENT ON COLUMN judge_calibrations.source IS 'Where the labels are from: the name of a file, or reviews';
COMMENT ON COLUMN judge_calibrations.n_labels IS 'Responses with a label that the judge judged';
COMMENT ON COLUMN judge_calibrations.n_reviewers IS 'People who labelled';
COMMENT ON COLUMN judge_calibrations.agreement IS 'Share of responses on which judge and people say the same, 0..1';
COMMENT ON COLUMN judge_calibrations.kappa IS 'Cohen''s kappa, quadratic on an ordinal scale; NULL where it has none';
COMMENT ON COLUMN judge_calibrations.kappa_low IS 'Lower end of its 95 % interval';
COMMENT ON COLUMN judge_calibrations.kappa_high IS 'Upper end of its 95 % interval';
COMMENT ON COLUMN judge_calibrations.alpha IS 'Krippendorff''s alpha of judge and people';
COMMENT ON COLUMN judge_calibrations.record IS 'Every figure of the calibration, as evalkit judge calibrate --json prints it';
