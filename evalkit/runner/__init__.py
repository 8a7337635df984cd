"""Task x Subject -> Responses and Scores: preparation, scheduling, limits, cache."""
