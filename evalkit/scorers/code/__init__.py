"""The scorer that runs code which a model wrote."""
