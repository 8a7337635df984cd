-- Prompts have versions with numbers, where git has them from, and labels that point at them.

ALTER TABLE prompts ALTER version TYPE BIGINT;
ALTER TABLE prompts ADD COLUMN git_commit VARCHAR;
ALTER TABLE prompts ADD COLUMN git_author VARCHAR;
ALTER TABLE prompts ADD COLUMN committed_at TIMESTAMP;
ALTER TABLE prompts ADD COLUMN path VARCHAR;
ALTER TABLE subjects ALTER prompt_version TYPE BIGINT;

COMMENT ON TABLE prompts IS 'Every prompt text that was ever sent to a model, and the versions of its file in git';
COMMENT ON COLUMN prompts.version IS 'Number of the version. If git knows the file: its place in the git history, from 1, or NULL for a text that was used but is in no commit. Otherwise: its place in the order in which the texts were first used';
COMMENT ON COLUMN prompts.created_at IS 'When it was first stored, UTC; for a version that no session used, when it was committed';
COMMENT ON COLUMN prompts.message IS 'Message of the commit, or NULL';
COMMENT ON COLUMN prompts.git_commit IS 'The first commit that has the text, or NULL';
COMMENT ON COLUMN prompts.git_author IS 'Name of the author of that commit, or NULL';
COMMENT ON COLUMN prompts.committed_at IS 'When that commit was written, UTC, or NULL';
COMMENT ON COLUMN prompts.path IS 'Its file, relative to the folder of the project, or NULL';
COMMENT ON COLUMN subjects.prompt IS 'Name of the prompt, with @VERSION if it was asked for by version; default is the prompt of each task itself';
COMMENT ON COLUMN subjects.prompt_version IS 'Number of the version of the prompt, as in prompts.version';

CREATE TABLE prompt_labels (
    prompt VARCHAR, label VARCHAR, prompt_hash VARCHAR, created_at TIMESTAMP
);
COMMENT ON TABLE prompt_labels IS 'Names that point at versions of prompts; the last row of a label is where it points now';
COMMENT ON COLUMN prompt_labels.prompt IS 'Name of the prompt';
COMMENT ON COLUMN prompt_labels.label IS 'Name of the label, such as production';
COMMENT ON COLUMN prompt_labels.prompt_hash IS 'The version that it pointed at from then on; NULL if the label was removed';
COMMENT ON COLUMN prompt_labels.created_at IS 'When it was set, UTC';

UPDATE prompts SET version = numbered.n FROM (
    SELECT prompt, prompt_hash,
           row_number() OVER (PARTITION BY prompt ORDER BY created_at, rowid) AS n
    FROM prompts
) AS numbered
WHERE prompts.prompt = numbered.prompt AND prompts.prompt_hash = numbered.prompt_hash;
UPDATE subjects SET prompt_version = prompts.version FROM prompts
WHERE prompts.prompt = subjects.prompt AND prompts.prompt_hash = subjects.prompt_hash;
