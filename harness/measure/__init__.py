"""Statistics: latency, accuracy with intervals, parity with TensorFlow Lite, footprint."""
