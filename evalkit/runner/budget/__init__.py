"""``--llm-max-cost``, ``--llm-max-requests`` and ``--llm-max-tokens``: what is asked must fit what is
left."""
