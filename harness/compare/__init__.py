"""The gate: a run against a baseline, cell by cell."""
