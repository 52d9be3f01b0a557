"""Stored results as pandas tables, exports and wording."""
