"""How many samples, repeats and dollars the regression gates of a task take to decide."""
