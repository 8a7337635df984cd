"""Files that others wrote. Ways in: ``reading.read_bytes``, ``roots.inside``, ``border.told_as``."""
