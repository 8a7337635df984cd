"""Results for people: ``data`` (no HTML) -> ``sections`` -> ``blocks`` -> one HTML file, terminal text, Markdown."""
