-- What judges said, each time they were asked, stands beside the scores that are made of it.

CREATE TABLE judgements (
    evaluation_id VARCHAR, sample_id VARCHAR, repeat BIGINT, created_at TIMESTAMP, scorer VARCHAR, judge VARCHAR,
    judge_revision VARCHAR, round BIGINT, side_order VARCHAR, verdict VARCHAR, value DOUBLE, named_values JSON,
    probability DOUBLE, reason VARCHAR, error VARCHAR, prompt_tokens BIGINT, completion_tokens BIGINT,
    cost_usd DOUBLE, latency_s DOUBLE, is_cached BOOLEAN, is_rejudged BOOLEAN
);
COMMENT ON TABLE judgements IS 'What a judge model said about a response each time it was asked: one row per scorer, judge, round and order';
COMMENT ON COLUMN judgements.evaluation_id IS 'The evaluation of the response';
COMMENT ON COLUMN judgements.sample_id IS 'The sample of the response';
COMMENT ON COLUMN judgements.repeat IS 'The repeat of the response';
COMMENT ON COLUMN judgements.created_at IS 'When it was stored, UTC';
COMMENT ON COLUMN judgements.scorer IS 'Name of the score that it belongs to';
COMMENT ON COLUMN judgements.judge IS 'Model spec of the judge as it was typed';
COMMENT ON COLUMN judgements.judge_revision IS 'Exact version that answered, where the judge model reports it';
COMMENT ON COLUMN judgements.round IS 'How many times the same was asked before, from 0';
COMMENT ON COLUMN judgements.side_order IS 'For a pairwise judge: ab if the response came first, ba if its opponent did; otherwise NULL';
COMMENT ON COLUMN judgements.verdict IS 'The verdict in normal form: yes, no, A (the response), B (its opponent), tie, or a grade';
COMMENT ON COLUMN judgements.value IS 'The verdict on the scale of the score; NULL exactly where error is set';
COMMENT ON COLUMN judgements.named_values IS 'For a list of criteria, the value of each, as a JSON object: name to number';
COMMENT ON COLUMN judgements.probability IS 'For a judge that ranks its verdicts: the probability of yes, or of A in a pairwise judgement';
COMMENT ON COLUMN judgements.reason IS 'The reason that it gave';
COMMENT ON COLUMN judgements.error IS 'Why there is no verdict';
COMMENT ON COLUMN judgements.prompt_tokens IS 'Tokens read in all attempts, as the provider counts them';
COMMENT ON COLUMN judgements.completion_tokens IS 'Tokens written in all attempts, as the provider counts them';
COMMENT ON COLUMN judgements.cost_usd IS 'Cost of all attempts in US dollars; NULL where unknown';
COMMENT ON COLUMN judgements.latency_s IS 'Seconds of all attempts';
COMMENT ON COLUMN judgements.is_cached IS 'Whether every attempt came from the response cache';
COMMENT ON COLUMN judgements.is_rejudged IS 'Whether it was asked after the run (evalkit judge rejudge) and is no part of scores.value; NULL for no';

ALTER TABLE evaluations ADD COLUMN judged_from VARCHAR;
COMMENT ON COLUMN evaluations.judged_from IS 'The evaluation whose stored responses were judged again for this one; NULL if the subject itself was asked';
