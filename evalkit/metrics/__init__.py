<<<<<<< HEAD
"""Scores of a whole evaluation -> one number with a signature."""
=======
"""Metrics: Scores or Responses -> one number. Contract: ``metric.Metric``; way in: ``open.open_metric``."""
>>>>>>> main
