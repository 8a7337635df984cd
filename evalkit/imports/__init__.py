"""Results of other tools become runs of the store: one module for each format, one line in ``formats``."""
