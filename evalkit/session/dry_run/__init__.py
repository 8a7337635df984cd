"""``--llm-dry-run``: what a session would ask, and what that would cost. Nothing is asked, nothing stored."""
