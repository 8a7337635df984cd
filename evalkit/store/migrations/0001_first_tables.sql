-- The public tables, then what evalkit keeps for itself. Times are UTC. No keys, no indexes: they block later ALTERs.

CREATE TABLE runs (
    run_id VARCHAR, started_at TIMESTAMP, finished_at TIMESTAMP, status VARCHAR, is_partial BOOLEAN,
    git_commit VARCHAR, git_branch VARCHAR, git_dirty BOOLEAN, evalkit_version VARCHAR, argv VARCHAR[], host VARCHAR
);
COMMENT ON TABLE runs IS 'One row for each session: which subjects saw which tasks, at which git commit';
COMMENT ON COLUMN runs.run_id IS 'Unique name of the run; commands take any unique prefix of it';
COMMENT ON COLUMN runs.started_at IS 'When the session started, UTC';
COMMENT ON COLUMN runs.finished_at IS 'When the session ended, UTC; NULL while it is running and after a crash';
COMMENT ON COLUMN runs.status IS 'running, finished, interrupted (Ctrl-C, -x) or crashed';
COMMENT ON COLUMN runs.is_partial IS 'Whether the run lacks samples of some task; a partial run never becomes a baseline';
COMMENT ON COLUMN runs.git_commit IS 'Commit that was checked out; NULL outside a repository';
COMMENT ON COLUMN runs.git_branch IS 'Branch that was checked out; NULL outside a repository and with a detached HEAD';
COMMENT ON COLUMN runs.git_dirty IS 'Whether tracked files differed from the commit; NULL outside a repository';
COMMENT ON COLUMN runs.evalkit_version IS 'Version of evalkit that wrote the run';
COMMENT ON COLUMN runs.argv IS 'Command line, secrets removed';
COMMENT ON COLUMN runs.host IS 'Name of the machine';

CREATE TABLE subjects (
    subject_id VARCHAR, model VARCHAR, model_revision VARCHAR, params JSON, prompt VARCHAR,
    prompt_version VARCHAR, prompt_hash VARCHAR
);
COMMENT ON TABLE subjects IS 'What was under test: one model with one prompt version; equal subjects of several runs share one row';
COMMENT ON COLUMN subjects.subject_id IS 'Hash of all the other columns';
COMMENT ON COLUMN subjects.model IS 'Model spec as typed: provider/name[?param=value]';
COMMENT ON COLUMN subjects.model_revision IS 'Exact version that answered (a hash of the weights, a snapshot that the provider reports); NULL where unknown';
COMMENT ON COLUMN subjects.params IS 'Parameters that change answers, as a JSON object; never a secret';
COMMENT ON COLUMN subjects.prompt IS 'Name of the prompt; default is the one that each task brings itself';
COMMENT ON COLUMN subjects.prompt_version IS 'Version of a versioned prompt, else NULL';
COMMENT ON COLUMN subjects.prompt_hash IS 'First 16 hex digits of the SHA-256 of the prompt text';

CREATE TABLE evaluations (
    evaluation_id VARCHAR, run_id VARCHAR, task VARCHAR, task_hash VARCHAR, dataset_hash VARCHAR, subject_id VARCHAR,
    n_samples BIGINT, n_errors BIGINT, status VARCHAR, labels VARCHAR[], scorer_signatures JSON, metric_specs JSON
);
COMMENT ON TABLE evaluations IS 'One row per task, subject and run';
COMMENT ON COLUMN evaluations.evaluation_id IS 'Unique name of the evaluation';
COMMENT ON COLUMN evaluations.run_id IS 'The run it belongs to (runs.run_id)';
COMMENT ON COLUMN evaluations.task IS 'Unique name of the task';
COMMENT ON COLUMN evaluations.task_hash IS 'Hash of what changes the numbers of the task, without prompt, data and gates';
COMMENT ON COLUMN evaluations.dataset_hash IS 'Hash of the samples that were loaded';
COMMENT ON COLUMN evaluations.subject_id IS 'What was under test (subjects.subject_id)';
COMMENT ON COLUMN evaluations.n_samples IS 'Samples asked for; repeats of a sample count once';
COMMENT ON COLUMN evaluations.n_errors IS 'Responses with an error from the model or a scorer, repeats included';
COMMENT ON COLUMN evaluations.status IS 'running, finished or interrupted';
COMMENT ON COLUMN evaluations.labels IS 'Choices of the task, in order; NULL if answers are free text';
COMMENT ON COLUMN evaluations.scorer_signatures IS 'JSON object: scorer name to everything that changes its judgement';
COMMENT ON COLUMN evaluations.metric_specs IS 'JSON object: metric label to [name, parameters]';

CREATE TABLE responses (
    evaluation_id VARCHAR, sample_id VARCHAR, repeat INTEGER, input VARCHAR, target VARCHAR, output VARCHAR,
    error VARCHAR, finish_reason VARCHAR, prompt_tokens BIGINT, completion_tokens BIGINT, cost_usd DOUBLE,
    latency_s DOUBLE, is_cached BOOLEAN, created_at TIMESTAMP, ttft_s DOUBLE, choice_logprobs DOUBLE[],
    contexts VARCHAR[], tool_calls JSON, choice_tokens BIGINT[],
    is_target_json BOOLEAN, position BIGINT
);
COMMENT ON TABLE responses IS 'The response of the subject to one sample in one repeat; output is NULL exactly when error is set';
COMMENT ON COLUMN responses.evaluation_id IS 'The evaluation it belongs to (evaluations.evaluation_id)';
COMMENT ON COLUMN responses.sample_id IS 'Stable name of the sample in its dataset';
COMMENT ON COLUMN responses.repeat IS '0 for the first response to a sample';
COMMENT ON COLUMN responses.input IS 'Rendered input';
COMMENT ON COLUMN responses.target IS 'Expected answer: text as it is, any other value as JSON (see is_target_json)';
COMMENT ON COLUMN responses.output IS 'Text of the answer; for ranked choices the chosen label';
COMMENT ON COLUMN responses.error IS 'One line that says what failed, or NULL';
COMMENT ON COLUMN responses.finish_reason IS 'stop, length or the word of the provider';
COMMENT ON COLUMN responses.prompt_tokens IS 'Tokens of the prompt as the provider counts them; NULL where it does not';
COMMENT ON COLUMN responses.completion_tokens IS 'Tokens of the answer as the provider counts them; NULL where it does not';
COMMENT ON COLUMN responses.cost_usd IS 'Price of the call in US dollars; NULL where unknown';
COMMENT ON COLUMN responses.latency_s IS 'Seconds from asking to the whole answer, retries excluded';
COMMENT ON COLUMN responses.is_cached IS 'Whether the answer came from the response cache; latency and cost are the original ones';
COMMENT ON COLUMN responses.created_at IS 'When the answer was made, UTC';
COMMENT ON COLUMN responses.ttft_s IS 'Seconds to the first token, where streaming shows it';
COMMENT ON COLUMN responses.choice_logprobs IS 'Natural logarithm of the probability of each choice, in order; a NULL entry means probability 0';
COMMENT ON COLUMN responses.contexts IS 'Passages that the application under test retrieved';
COMMENT ON COLUMN responses.tool_calls IS 'Tool calls that it made, as a JSON list of objects';
COMMENT ON COLUMN responses.choice_tokens IS 'Tokens of each choice, in order, where the provider counts them';
COMMENT ON COLUMN responses.is_target_json IS 'Whether target is the JSON of a value that is not text (a list of references, a number, …)';
COMMENT ON COLUMN responses.position IS 'Position of the sample in its dataset, from 0; NULL where unknown';

CREATE TABLE scores (
    evaluation_id VARCHAR, sample_id VARCHAR, repeat INTEGER, scorer VARCHAR, value DOUBLE, answer VARCHAR,
    explanation VARCHAR, error VARCHAR
);
COMMENT ON TABLE scores IS 'What a scorer says about one response; value is NULL exactly when error is set';
COMMENT ON COLUMN scores.evaluation_id IS 'The evaluation it belongs to (evaluations.evaluation_id)';
COMMENT ON COLUMN scores.sample_id IS 'The sample (responses.sample_id)';
COMMENT ON COLUMN scores.repeat IS 'The repeat (responses.repeat)';
COMMENT ON COLUMN scores.scorer IS 'Name of the scorer; evaluations.scorer_signatures has its parameters';
COMMENT ON COLUMN scores.value IS 'The judgement, usually 0..1, larger is better';
COMMENT ON COLUMN scores.answer IS 'The answer that was extracted from the output, or NULL';
COMMENT ON COLUMN scores.explanation IS 'One line for people, or NULL';
COMMENT ON COLUMN scores.error IS 'Why the scorer could not judge, or NULL';

CREATE TABLE metrics (
    evaluation_id VARCHAR, metric VARCHAR, value DOUBLE, ci_low DOUBLE, ci_high DOUBLE, n BIGINT, signature VARCHAR,
    n_failed BIGINT, is_higher_better BOOLEAN, error VARCHAR
);
COMMENT ON TABLE metrics IS 'One number over a whole evaluation, with its interval';
COMMENT ON COLUMN metrics.evaluation_id IS 'The evaluation it belongs to (evaluations.evaluation_id)';
COMMENT ON COLUMN metrics.metric IS 'Label of the metric: its name, with the parameters that were given';
COMMENT ON COLUMN metrics.value IS 'The number; NULL exactly when error is set';
COMMENT ON COLUMN metrics.ci_low IS 'Lower end of the 95 % interval; NULL for exact totals';
COMMENT ON COLUMN metrics.ci_high IS 'Upper end of the 95 % interval; NULL for exact totals';
COMMENT ON COLUMN metrics.n IS 'Responses that the number was computed from';
COMMENT ON COLUMN metrics.signature IS 'Everything that changes the number; numbers with different signatures are never compared';
COMMENT ON COLUMN metrics.n_failed IS 'Responses left out because the call or the scorer failed';
COMMENT ON COLUMN metrics.is_higher_better IS 'Direction of the metric';
COMMENT ON COLUMN metrics.error IS 'Why there is no number, or NULL';

CREATE TABLE verdicts (
    evaluation_id VARCHAR, gate VARCHAR, verdict VARCHAR, detail VARCHAR, p_value DOUBLE, baseline_run_id VARCHAR,
    baseline_evaluation_id VARCHAR, comparison JSON
);
COMMENT ON TABLE verdicts IS 'The outcome of a gate for an evaluation';
COMMENT ON COLUMN verdicts.evaluation_id IS 'The evaluation it belongs to (evaluations.evaluation_id)';
COMMENT ON COLUMN verdicts.gate IS 'Text of the gate: accuracy >= 0.55, regression(accuracy)';
COMMENT ON COLUMN verdicts.verdict IS 'pass, fail, undecided or error';
COMMENT ON COLUMN verdicts.detail IS 'The numbers, what could have been detected and what to do, in one or two sentences';
COMMENT ON COLUMN verdicts.p_value IS 'Of the two-sided paired test of no difference; NULL for absolute gates';
COMMENT ON COLUMN verdicts.baseline_run_id IS 'The run that it was compared with (runs.run_id), or NULL';
COMMENT ON COLUMN verdicts.baseline_evaluation_id IS 'The evaluation that it was compared with, or NULL';
COMMENT ON COLUMN verdicts.comparison IS 'JSON object: difference, interval, wins, losses, ties and method; NULL for absolute gates';

CREATE TABLE prompts (
    prompt VARCHAR, version VARCHAR, prompt_hash VARCHAR, template VARCHAR, created_at TIMESTAMP, message VARCHAR
);
COMMENT ON TABLE prompts IS 'Every prompt text that was ever put to a model';
COMMENT ON COLUMN prompts.prompt IS 'Name of the prompt';
COMMENT ON COLUMN prompts.version IS 'Version of a versioned prompt, else NULL';
COMMENT ON COLUMN prompts.prompt_hash IS 'First 16 hex digits of the SHA-256 of the text';
COMMENT ON COLUMN prompts.template IS 'The text as written, a Jinja template';
COMMENT ON COLUMN prompts.created_at IS 'When it was first stored, UTC';
COMMENT ON COLUMN prompts.message IS 'Why it was written, or NULL';

CREATE TABLE baselines (name VARCHAR, run_id VARCHAR, created_at TIMESTAMP);
COMMENT ON TABLE baselines IS 'Names that point at runs to compare with';
COMMENT ON COLUMN baselines.name IS 'Unique name of the baseline';
COMMENT ON COLUMN baselines.run_id IS 'The run that it points at (runs.run_id)';
COMMENT ON COLUMN baselines.created_at IS 'When the name was last pointed at a run, UTC';

CREATE TABLE reviews (
    evaluation_id VARCHAR, sample_id VARCHAR, repeat INTEGER, reviewer VARCHAR, label VARCHAR, comment VARCHAR,
    created_at TIMESTAMP
);
COMMENT ON TABLE reviews IS 'What people say about responses';
COMMENT ON COLUMN reviews.evaluation_id IS 'The evaluation it belongs to (evaluations.evaluation_id)';
COMMENT ON COLUMN reviews.sample_id IS 'The sample (responses.sample_id)';
COMMENT ON COLUMN reviews.repeat IS 'The repeat (responses.repeat)';
COMMENT ON COLUMN reviews.reviewer IS 'Who reviewed';
COMMENT ON COLUMN reviews.label IS 'The judgement';
COMMENT ON COLUMN reviews.comment IS 'Free text, or NULL';
COMMENT ON COLUMN reviews.created_at IS 'When it was said, UTC';

CREATE TABLE spool_offsets (run_id VARCHAR, process VARCHAR, n_bytes BIGINT);
COMMENT ON TABLE spool_offsets IS 'Internal: how far each spool file has been folded into this store';
COMMENT ON COLUMN spool_offsets.run_id IS 'The run whose spool it is';
COMMENT ON COLUMN spool_offsets.process IS 'The process that wrote the file';
COMMENT ON COLUMN spool_offsets.n_bytes IS 'Bytes of the file that the tables already hold';
