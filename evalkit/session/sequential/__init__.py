"""``--llm-sequential``: stop asking as soon as every gate of a task is decided."""
