-- What models say beside their answer, and how it ended in words that hold for every provider.

ALTER TABLE responses ADD COLUMN row_hash VARCHAR;
COMMENT ON COLUMN responses.row_hash IS 'The row of the dataset that was asked about (samples.row_hash); NULL in rows of older versions of evalkit';
ALTER TABLE responses ADD COLUMN vendor_finish_reason VARCHAR;
COMMENT ON COLUMN responses.vendor_finish_reason IS 'How the answer ended, in the provider''s own word';
ALTER TABLE responses ADD COLUMN cached_tokens BIGINT;
COMMENT ON COLUMN responses.cached_tokens IS 'Tokens of the prompt that were read from the provider''s cache; part of prompt_tokens';
ALTER TABLE responses ADD COLUMN cache_write_tokens BIGINT;
COMMENT ON COLUMN responses.cache_write_tokens IS 'Tokens of the prompt that were written to the provider''s cache; part of prompt_tokens';
ALTER TABLE responses ADD COLUMN reasoning_tokens BIGINT;
COMMENT ON COLUMN responses.reasoning_tokens IS 'Tokens of thinking; part of completion_tokens';
ALTER TABLE responses ADD COLUMN reasoning VARCHAR;
COMMENT ON COLUMN responses.reasoning IS 'Text of the thinking, where the model shows it; never part of output';
ALTER TABLE responses ADD COLUMN queue_s DOUBLE;
COMMENT ON COLUMN responses.queue_s IS 'Seconds that the call waited for a slot before its service began; NULL where unknown';
ALTER TABLE responses ADD COLUMN retries BIGINT;
COMMENT ON COLUMN responses.retries IS 'Attempts that failed before this answer; NULL where unknown';
ALTER TABLE responses ADD COLUMN request_id VARCHAR;
COMMENT ON COLUMN responses.request_id IS 'The provider''s id of the answer';
ALTER TABLE responses ADD COLUMN trajectory JSON;
COMMENT ON COLUMN responses.trajectory IS 'What an application did on the way to its answer, as a JSON list of messages {role, content, parts, tool_calls, tool_call_id}';
ALTER TABLE responses ADD COLUMN media VARCHAR[];
COMMENT ON COLUMN responses.media IS 'What the input contained besides text, in order (media.sha256); NULL if it was only text';

COMMENT ON COLUMN responses.output IS 'Text of the answer without thinking; for ranked choices the chosen label';
COMMENT ON COLUMN responses.finish_reason IS 'stop, length (cut at max_tokens), tool_calls, refusal, content_filter or other; NULL where unknown';
COMMENT ON COLUMN responses.prompt_tokens IS 'Tokens of the prompt as the provider counts them, including cached ones; NULL if it does not count them';
COMMENT ON COLUMN responses.completion_tokens IS 'Tokens of the answer as the provider counts them, including thinking; NULL if it does not count them';
COMMENT ON COLUMN responses.latency_s IS 'Seconds from the start of the service to the complete answer, without retries and queue_s';

UPDATE responses SET vendor_finish_reason = finish_reason, finish_reason = CASE
    WHEN lower(finish_reason) IN ('stop', 'end_turn', 'stop_sequence', 'eos', 'eos_token', 'endoftext', 'complete', 'completed') THEN 'stop'
    WHEN lower(finish_reason) IN ('length', 'max_tokens', 'max_output_tokens', 'model_length', 'model_context_window_exceeded') THEN 'length'
    WHEN lower(finish_reason) IN ('tool_calls', 'tool_call', 'tool_use', 'function_call') THEN 'tool_calls'
    WHEN lower(finish_reason) IN ('refusal') THEN 'refusal'
    WHEN lower(finish_reason) IN ('content_filter', 'content_filtered', 'guardrail_intervened', 'safety', 'blocklist', 'recitation', 'prohibited_content', 'spii', 'error_toxic') THEN 'content_filter'
    ELSE 'other' END
WHERE finish_reason IS NOT NULL;
