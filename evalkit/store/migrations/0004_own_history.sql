-- What a sample said when it was answered: its history goes on while the rest of its dataset changes.

ALTER TABLE responses ADD COLUMN sample_hash VARCHAR;
COMMENT ON COLUMN responses.sample_hash IS 'Hash of the whole sample: id, input, target, choices and row, assertions included; NULL in rows of older evalkits';

ALTER TABLE evaluations ADD COLUMN quarantine JSON;
COMMENT ON COLUMN evaluations.quarantine IS 'Samples that were or had been in quarantine, as a JSON object: sample id to {until, reason}; NULL if none';
