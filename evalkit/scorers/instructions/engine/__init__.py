"""IFEval's instructions and how each is verified."""
