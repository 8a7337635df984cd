"""Results at rest: the only package that knows DuckDB."""
