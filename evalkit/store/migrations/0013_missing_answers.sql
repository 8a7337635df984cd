-- Answers that are missing leave a number open: between which ends it lies.

ALTER TABLE metrics ADD COLUMN worst DOUBLE;
COMMENT ON COLUMN metrics.worst IS 'The value if all responses left out were as bad as can be; NULL where none was, where that has no bounds, and in rows of older evalkits';

ALTER TABLE metrics ADD COLUMN best DOUBLE;
COMMENT ON COLUMN metrics.best IS 'The value if all responses left out were as good as can be; NULL as worst is';
