"""Printers of a compiled model's C text."""
