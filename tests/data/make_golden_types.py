"""Makes the golden recurrent, dynamic-range and int16x8 models; run once, the files are committed.

    TF_USE_LEGACY_KERAS=1 python tests/data/make_golden_types.py

Beside `make_golden.py`, whose files it leaves alone: all models read the digits row by row.
"""

from __future__ import annotations

from typing import Any

from make_golden import convert, data, digits_cnn, keras, layers, tf, train, write


def lstm() -> Any:
    """Two layers, the second backwards as well."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), batch_size=1, name="image"),
            layers.Reshape((8, 8), name="rows"),
            layers.LSTM(10, return_sequences=True, name="first"),
            layers.Bidirectional(layers.LSTM(6, name="second"), name="both"),
            layers.Dense(10, activation="softmax", name="scores"),
        ],
        name="lstm",
    )


def gru() -> Any:
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), batch_size=1, name="image"),
            layers.Reshape((8, 8), name="rows"),
            layers.GRU(8, unroll=True, name="gru"),
            layers.Dense(10, activation="softmax", name="scores"),
        ],
        name="gru",
    )


def dynamic(model: Any) -> bytes:
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return bytes(converter.convert())


def int16x8(model: Any, samples: Any) -> bytes:
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([sample[None]] for sample in samples[:200])
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    ]
    converter.inference_input_type = converter.inference_output_type = tf.int16
    return bytes(converter.convert())


def main() -> None:
    x_train, _, y_train, _ = data()
    for build in (lstm, gru):
        model = train(build, x_train, y_train)
        write(f"{model.name}_float32", convert(model, x_train, int8=False))
        write(f"{model.name}_int8", convert(model, x_train, int8=True))
    model = train(digits_cnn, x_train, y_train)
    write("digits_dynamic", dynamic(model))
    write("digits_int16x8", int16x8(model, x_train))


if __name__ == "__main__":
    main()
