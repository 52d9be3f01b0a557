"""Keras to TensorFlow Lite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from harness.errors import ConversionFailed
from harness.training.fixed_batch import for_converter
from harness.training.outputs import in_order

CALIBRATION_SAMPLES = 200


def convert(model: Any, dtype: str, calibration: np.ndarray) -> bytes:
    """The `.tflite` file of a Keras model.

    `dtype`: float32 as it is; dynamic: int8 weights, float32 activations; int8: all of it, input
    and output too; int8_pertensor: the same with one scale for all weights of a Dense layer, which
    runtimes from before 2024 ask for; int16x8: int16 activations, int8 weights. Ranges are taken
    from `calibration` (N, ...) float32, of which the first 200 are used. The file has a batch of 1
    where the layers need it (fixed_batch.py), and its outputs in the model's order. Raises
    ConversionFailed.
    """
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(for_converter(model))
    if dtype != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if dtype in ("int8", "int8_pertensor", "int16x8"):
        ops = tf.lite.OpsSet
        wide = dtype == "int16x8"
        _check_fits(model, dtype, calibration)
        converter.representative_dataset = lambda: _batches(calibration)
        converter.target_spec.supported_ops = [
            ops.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
            if wide
            else ops.TFLITE_BUILTINS_INT8
        ]
        converter.inference_input_type = tf.int16 if wide else tf.int8
        converter.inference_output_type = tf.int16 if wide else tf.int8
    if dtype == "int8_pertensor":
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    try:
        converted: bytes = converter.convert()
    except Exception as error:  # the converter raises whatever its passes raise
        raise ConversionFailed(
            f"TensorFlow Lite cannot convert the model: {error}",
            where=f"{model.name}, {dtype}",
        ) from error
    return in_order(converted, model.output_names)


def _check_fits(model: Any, dtype: str, calibration: np.ndarray) -> None:
    """Raise ConversionFailed for samples of another shape, which a batch of 1 would let pass."""
    wanted, given = model.inputs[0].shape[1:], calibration.shape[1:]
    if len(wanted) != len(given) or not wanted.is_compatible_with(given):
        raise ConversionFailed(
            f"TensorFlow Lite cannot convert the model: samples of shape {given} do not fit its "
            f"input {tuple(wanted)}",
            where=f"{model.name}, {dtype}",
        )


def _batches(samples: np.ndarray) -> Iterator[list[np.ndarray]]:
    for sample in samples[:CALIBRATION_SAMPLES]:
        yield [sample[np.newaxis]]
