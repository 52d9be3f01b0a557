"""Keras to TensorFlow Lite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from harness.errors import TrainingError

CALIBRATION_SAMPLES = 200


def convert(model: Any, dtype: str, calibration: np.ndarray) -> bytes:
    """The `.tflite` file of a Keras model.

    `dtype` float32: as it is; int8: weights, activations, input and output in int8, ranges taken
    from `calibration` (N, ...) float32, of which the first 200 are used. Raises TrainingError.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if dtype == "int8":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: _batches(calibration)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
    try:
        converted: bytes = converter.convert()
    except Exception as error:  # the converter raises whatever its passes raise
        raise TrainingError(
            f"TensorFlow Lite cannot convert the model: {error}",
            where=f"{model.name}, {dtype}",
        ) from error
    return converted


def _batches(samples: np.ndarray) -> Iterator[list[np.ndarray]]:
    for sample in samples[:CALIBRATION_SAMPLES]:
        yield [sample[np.newaxis]]
