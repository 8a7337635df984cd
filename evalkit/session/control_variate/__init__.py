"""``--llm-control-variate``: a random part of a dataset is asked, earlier subjects predict the rest."""
