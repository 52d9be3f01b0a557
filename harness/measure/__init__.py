"""Statistics: latency, metrics with intervals and paired tests, parity with TensorFlow Lite."""
