# types_only.pyi: what the report's own files begin with where they are types alone.
# mypy: ignore-errors
