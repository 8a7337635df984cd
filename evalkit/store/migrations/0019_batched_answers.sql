-- Answers that came by a vendor's batch endpoint have another price, and no latency.

ALTER TABLE responses ADD COLUMN is_batched BOOLEAN;
COMMENT ON COLUMN responses.is_batched IS 'Whether the answer came from the vendor''s batch endpoint, at its price; NULL for no';
