"""Export of a measured model as a C library: docs/export.md."""
