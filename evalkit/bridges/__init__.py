"""evalkit's parts in the shape that other libraries expect."""
