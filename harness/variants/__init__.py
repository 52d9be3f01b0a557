"""Variants: data sets, training, pruning methods, conversion to TensorFlow Lite, and the cache.

Importing this package or any of its modules never imports TensorFlow: that happens inside the
functions which train, and those run in the worker process only.
"""
