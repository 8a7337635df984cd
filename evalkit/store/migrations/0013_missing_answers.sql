-- Answers that are missing leave a number open: between which ends it lies.

ALTER TABLE metrics ADD COLUMN worst DOUBLE;
COMMENT ON COLUMN metrics.worst IS 'The value if all left-out responses were as bad as possible; NULL if none was left out, if there is no such bound, and in rows of older versions of evalkit';

ALTER TABLE metrics ADD COLUMN best DOUBLE;
COMMENT ON COLUMN metrics.best IS 'The value if all left-out responses were as good as possible; NULL in the same cases as worst';
