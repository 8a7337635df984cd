"""Results for people: ``data`` -> ``sections`` -> ``blocks`` -> one HTML file; also terminal text and Markdown."""
