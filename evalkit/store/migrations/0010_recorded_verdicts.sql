-- Regression gates that had nothing to compare with: neither passed nor doubtful, but the first of their baseline.

ALTER TABLE verdicts ADD COLUMN is_recorded BOOLEAN;
COMMENT ON COLUMN verdicts.is_recorded IS 'Whether the gate had no baseline yet, so that nothing was compared; the verdict is then undecided and is shown as recorded; NULL for no';

UPDATE verdicts SET verdict = 'undecided', is_recorded = true
WHERE verdict = 'pass' AND starts_with(gate, 'regression(') AND baseline_evaluation_id IS NULL AND starts_with(detail, 'recorded; ');
