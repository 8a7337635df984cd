"""People label answers in the browser."""
