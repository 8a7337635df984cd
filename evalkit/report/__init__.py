"""Results for people: ``data`` -> ``sections`` -> ``blocks`` -> one HTML file. Text and Markdown too."""
