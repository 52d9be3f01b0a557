"""Drivers: one class for each way to run an image. Boards are data (`boards.toml`)."""
