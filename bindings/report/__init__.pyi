"""__init__.pyi: the report's classes, as types; the report itself is imported on demand."""
