"""The rules of tools/tidy.py."""
