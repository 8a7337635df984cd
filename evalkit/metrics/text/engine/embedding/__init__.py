"""Sentence and token embeddings of a small BERT that a package carries, computed in numpy."""
