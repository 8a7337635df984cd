"""``--llm-rerun``: further answers where a verdict could change."""
