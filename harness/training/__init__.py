"""Training and conversion of Keras models; the only room with `pruning` that imports TensorFlow."""
