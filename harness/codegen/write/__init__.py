"""The C text of a compiled model."""
