"""Work of unknown cost. Ways in: ``patterns.BoundedPattern``, ``helper.call``."""
