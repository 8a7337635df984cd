"""One file for each provider, and what they share. Contract: ``model.Model``; way in: ``open.open_model``."""
