"""Where samples come from. Ways in: ``load.load_rows``, ``mirror.Mirror.open``."""
