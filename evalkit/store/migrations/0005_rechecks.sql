-- Samples that were asked again because an answer failed: chosen by how they came out, they are no part of any mean.

ALTER TABLE responses ADD COLUMN is_recheck BOOLEAN;
COMMENT ON COLUMN responses.is_recheck IS 'Whether it was asked again because an earlier answer failed (--llm-rerun); such a response is judged but counts in no metric; NULL for no';
