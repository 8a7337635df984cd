"""``--llm-tournament``: which of several Subjects is best, asking no further what is clearly behind."""
