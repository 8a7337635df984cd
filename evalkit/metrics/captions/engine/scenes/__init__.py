"""SPICE: captions to scene graphs, by its Java parser, and scene graphs to scores."""
