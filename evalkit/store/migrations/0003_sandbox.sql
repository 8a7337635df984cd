-- How code that models wrote was kept apart.

ALTER TABLE evaluations ADD COLUMN sandbox VARCHAR;
COMMENT ON COLUMN evaluations.sandbox IS 'Sandbox level in force: bwrap, userns, process, bare or docker; NULL where no code of the model was run';

ALTER TABLE evaluations ADD COLUMN sandbox_failures VARCHAR[];
COMMENT ON COLUMN evaluations.sandbox_failures IS 'Probes that failed when the sandbox was opened, one line each, passed-over levels included; NULL where no code was run';
