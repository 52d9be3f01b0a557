"""Ways to run an image: one class per way, the boards themselves are data (`boards.toml`)."""
