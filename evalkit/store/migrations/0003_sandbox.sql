-- How code that models wrote was kept apart.

ALTER TABLE evaluations ADD COLUMN sandbox VARCHAR;
COMMENT ON COLUMN evaluations.sandbox IS 'Sandbox level that was used: bwrap, userns, process, bare or docker; NULL if no code of the model was run';

ALTER TABLE evaluations ADD COLUMN sandbox_failures VARCHAR[];
COMMENT ON COLUMN evaluations.sandbox_failures IS 'Probes that failed when the sandbox was opened, one line each, including those of rejected levels; NULL if no code was run';
