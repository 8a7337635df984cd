-- Slices that are too small to show anything are told apart from those that might still.
ALTER TABLE verdicts ADD COLUMN is_unseen BOOLEAN;
COMMENT ON COLUMN verdicts.is_unseen IS 'Whether the slice of the gate has too few samples for any answer to show a drop; the verdict is then undecided; NULL for no';
