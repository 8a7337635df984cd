-- Who says what an answer cost, and what class of failure an error is.

ALTER TABLE responses ADD COLUMN error_kind VARCHAR;
COMMENT ON COLUMN responses.error_kind IS 'Class of the error: busy (429), late (no answer in time), broken (5xx, a dropped connection, a malformed answer), unreachable, key (refused), forbidden (403), missing (404) or other; NULL without an error, for errors of imports and in rows of older versions of evalkit';
ALTER TABLE responses ADD COLUMN throttled BIGINT;
COMMENT ON COLUMN responses.throttled IS 'Attempts among retries that were rejected by a rate limit (429); NULL where unknown';
ALTER TABLE responses ADD COLUMN cost_source VARCHAR;
COMMENT ON COLUMN responses.cost_source IS 'Source of cost_usd: provider (the answer itself), recorded, spec, pyproject.toml with the pattern, or genai-prices with its version, the day of its newest price and the model; NULL where the cost is unknown and in rows of older versions of evalkit';

COMMENT ON COLUMN responses.cost_usd IS 'Cost of the call in US dollars; for a cached answer, the cost of the original call; NULL where unknown';
COMMENT ON COLUMN responses.retries IS 'Attempts that failed before this answer, or before the error was final; NULL where unknown';
