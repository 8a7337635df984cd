-- How well judges agreed with people, so that gates know whether they may rest on a judge.

CREATE TABLE judge_calibrations (
    calibration_id VARCHAR, created_at TIMESTAMP, task VARCHAR, scorer VARCHAR, signature VARCHAR, judge VARCHAR,
    judge_revision VARCHAR, source VARCHAR, n_labels BIGINT, n_reviewers BIGINT, agreement DOUBLE, kappa DOUBLE,
    kappa_low DOUBLE, kappa_high DOUBLE, alpha DOUBLE, record JSON
);
COMMENT ON TABLE judge_calibrations IS 'One row for each measurement of a judge against people (evalkit judge calibrate)';
COMMENT ON COLUMN judge_calibrations.calibration_id IS 'Primary key';
COMMENT ON COLUMN judge_calibrations.created_at IS 'When it was measured, UTC';
COMMENT ON COLUMN judge_calibrations.task IS 'Name of the task';
COMMENT ON COLUMN judge_calibrations.scorer IS 'Name of the judge''s scores in the task';
COMMENT ON COLUMN judge_calibrations.signature IS 'Signature of the scorer: judge, prompt, rubric and scale; for one criterion, followed by .NAME';
COMMENT ON COLUMN judge_calibrations.judge IS 'Spec of the judge; for a panel, all specs joined by commas';
COMMENT ON COLUMN judge_calibrations.judge_revision IS 'Revision that the judge reports; NULL if it reports none';
COMMENT ON COLUMN judge_calibrations.source IS 'Source of the labels: the name of a file, or reviews';
COMMENT ON COLUMN judge_calibrations.n_labels IS 'Labelled responses that the judge judged';
COMMENT ON COLUMN judge_calibrations.n_reviewers IS 'People who labelled';
COMMENT ON COLUMN judge_calibrations.agreement IS 'Share of responses on which the judge and the people agree, 0..1';
COMMENT ON COLUMN judge_calibrations.kappa IS 'Cohen''s kappa, with quadratic weights on an ordinal scale; NULL where undefined';
COMMENT ON COLUMN judge_calibrations.kappa_low IS 'Lower end of its 95 % interval';
COMMENT ON COLUMN judge_calibrations.kappa_high IS 'Upper end of its 95 % interval';
COMMENT ON COLUMN judge_calibrations.alpha IS 'Krippendorff''s alpha of judge and people';
COMMENT ON COLUMN judge_calibrations.record IS 'Every figure of the calibration, as evalkit judge calibrate --json prints it';
