"""The session's side of judges: their Models, what they may spend, what they said, and judging again."""
