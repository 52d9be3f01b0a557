"""The plan file: typed sections, checks, messages."""
