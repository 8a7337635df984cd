-- What lies between two versions of a model, a judge or a scorer, so that histories go on when one is retired.

CREATE TABLE bridges (
    kind VARCHAR, task VARCHAR, metric VARCHAR, old_model VARCHAR, old_prompt VARCHAR, new_model VARCHAR,
    new_prompt VARCHAR, old_signature VARCHAR, new_signature VARCHAR, difference DOUBLE, low DOUBLE, high DOUBLE,
    error DOUBLE, n BIGINT, method VARCHAR, old_evaluation_id VARCHAR, new_evaluation_id VARCHAR, created_at TIMESTAMP
);
COMMENT ON TABLE bridges IS 'One row per metric of a task whose history continues past a retired model, judge or scorer (evalkit bridge)';
COMMENT ON COLUMN bridges.kind IS 'model: both answered the same samples; scorer: both scored the same responses';
COMMENT ON COLUMN bridges.task IS 'Name of the task';
COMMENT ON COLUMN bridges.metric IS 'Label of the metric';
COMMENT ON COLUMN bridges.old_model IS 'Model of the retired side';
COMMENT ON COLUMN bridges.old_prompt IS 'Name of its prompt';
COMMENT ON COLUMN bridges.new_model IS 'Model of its successor';
COMMENT ON COLUMN bridges.new_prompt IS 'Name of its prompt';
COMMENT ON COLUMN bridges.old_signature IS 'Signature of the metric on the retired side, including the scorer';
COMMENT ON COLUMN bridges.new_signature IS 'Signature of the metric on the successor''s side';
COMMENT ON COLUMN bridges.difference IS 'New minus old over the samples that both sides have, in units of the metric';
COMMENT ON COLUMN bridges.low IS 'Lower end of its 95 % interval';
COMMENT ON COLUMN bridges.high IS 'Upper end of its 95 % interval';
COMMENT ON COLUMN bridges.error IS 'Standard error of the difference, at least as large as the interval implies';
COMMENT ON COLUMN bridges.n IS 'Samples that both sides have';
COMMENT ON COLUMN bridges.method IS 'Names of the test and the interval';
COMMENT ON COLUMN bridges.old_evaluation_id IS 'Evaluation of the retired side';
COMMENT ON COLUMN bridges.new_evaluation_id IS 'Evaluation of the successor; NULL if stored responses were scored again';
COMMENT ON COLUMN bridges.created_at IS 'When it was measured, UTC';
