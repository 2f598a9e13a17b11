"""The history: sessions over commits, kept in an append-only store beside the sources."""
