"""A board's camera as the source of samples: docs/camera.md."""
