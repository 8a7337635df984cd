-- What exactly answered: a provider may change the model behind a name while a run goes on.

ALTER TABLE responses ADD COLUMN model_revision VARCHAR;
COMMENT ON COLUMN responses.model_revision IS 'What exactly gave this answer, as the provider reports it, from the cache as it was then; NULL where unknown';
