"""The model zoo: one module per model and data set, each with `dataset()` and `build()`."""
