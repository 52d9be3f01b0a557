"""A model file with its inputs and reference outputs, ready for any target."""
