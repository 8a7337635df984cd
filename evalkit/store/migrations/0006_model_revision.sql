-- What exactly answered: a provider may change the model behind a name while a run goes on.

ALTER TABLE responses ADD COLUMN model_revision VARCHAR;
COMMENT ON COLUMN responses.model_revision IS 'Exact model that gave this answer, as the provider reported it when the answer was made; NULL where unknown';
