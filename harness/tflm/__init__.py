"""The second engine: the same firmware over TensorFlow Lite Micro (docs/tflm.md)."""
