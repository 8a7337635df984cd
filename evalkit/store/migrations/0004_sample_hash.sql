-- What a sample said when it was answered: its history goes on while the rest of its dataset changes.

ALTER TABLE responses ADD COLUMN sample_hash VARCHAR;
COMMENT ON COLUMN responses.sample_hash IS 'Hash of the whole sample: id, input, target, choices and row, assertions included; NULL in rows of older evalkits';
