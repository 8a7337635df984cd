"""Scores of a whole evaluation -> one number with a signature."""
