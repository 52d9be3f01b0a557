"""Printer of image.h, the table of all models of a firmware image, and of plain array headers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from harness.codegen.compiled import CompiledModel
from harness.codegen.engine_constants import NAME_BYTES
from harness.codegen.interface import Interface
from harness.codegen.write.c_text import wrapped
from harness.codegen.write.header import reset_function
from harness.codegen.write.names import c_name, unique_names
from harness.codegen.write.tensor_table import Places, tensor_table

NAME_MAX = NAME_BYTES - 1
LIBRARY_HEADER = "library_model.h"
_MODELS_MAX = 255  # the link sends the number of models in one byte
_EMPTY_ENTRY = '{"", 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0, 0}'


def render_image(
    models: Sequence[CompiledModel], build_id: str, macros: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the text of "image.h" and of every "model_<name>.h", by file name.

    See engine_model.h. Models of the same name get numbers. Inputs of equal type, shape, scale
    and zero point share an encoding. `macros` (name -> C text) are defined beside the table's
    own. Raises ValueError unless `build_id` has 16 hexadecimal digits and there are at most 255
    models.
    """
    _check(build_id, len(models))
    names = unique_names([model.name for model in models])
    named = [
        model if model.name == name else model.renamed(name)
        for model, name in zip(models, names, strict=True)
    ]
    files = {f"model_{model.name}.h": model.header for model in named}
    return files | {"image.h": _image(named, build_id, macros or {})}


def render_layers(model: CompiledModel, build_id: str) -> dict[str, str]:
    """Return the files of an image that holds `model` once for each layer, cut behind it.

    Entry k of the table runs all layers up to stage k and has that layer's output, so the
    counts of neighbouring entries differ by one layer. Weights are stored once. Raises
    ValueError as `render_image`.
    """
    header, stages = model.layered()
    _check(build_id, len(stages))
    macro, reset = f"MODEL_{model.name.upper()}", reset_function(model.name, model.graph)
    entries = [
        f'{{"{model.name[:NAME_MAX]}", 0x{model.crc32:08x}u, {macro}_INPUT_BYTES, '
        f"{macro}_INPUT_OFFSET, {stage.bytes}u, {stage.offset}u, {macro}_ARENA_BYTES, 0u, "
        f"model_{model.name}_run{stage.call}, {reset}}}"
        for stage in stages
    ]
    places = [Places(_places(model.inputs), ((stage.bytes, stage.offset),)) for stage in stages]
    return {
        f"model_{model.name}.h": header,
        "image.h": _table([model], entries, places, build_id, {}),
    }


def render_linked(model: CompiledModel, build_id: str, prefix: str) -> dict[str, str]:
    """Return the files of an image whose model is a library's: PREFIX_infer(arena).

    The library has a header LIBRARY_HEADER. Sizes are those of `model`. Raises ValueError as
    `render_image`.
    """
    _check(build_id, 1)
    x, y = model.inputs, model.outputs
    reset = f"{prefix}_reset_in" if model.graph.states() else "0"
    entry = (
        f'{{"{model.name[:NAME_MAX]}", 0x{model.crc32:08x}u, {x.bytes}u, {x.first.offset}u, '
        f"{y.bytes}u, {y.first.offset}u, {model.arena_bytes}u, 0u, {prefix}_infer, {reset}}}"
    )
    macros = {"IMAGE_LIBRARY": "1"}
    return {
        "image.h": _table([model], [entry], [places(model)], build_id, macros, [LIBRARY_HEADER])
    }


def places(model: CompiledModel) -> Places:
    """Return bytes and offsets of the model's inputs and outputs."""
    return Places(_places(model.inputs), _places(model.outputs))


def _places(side: Interface) -> tuple[tuple[int, int], ...]:
    return tuple((tensor.bytes, tensor.offset) for tensor in side)


def _check(build_id: str, models: int) -> None:
    if not re.fullmatch(r"[0-9a-fA-F]{16}", build_id):
        raise ValueError(f"build id {build_id!r} is not 16 hexadecimal digits")
    if models > _MODELS_MAX:
        raise ValueError(f"{models} models do not fit one image, {_MODELS_MAX} do")


def _image(models: Sequence[CompiledModel], build_id: str, macros: Mapping[str, str]) -> str:
    encodings: dict[tuple[object, ...], int] = {}
    entries = []
    for model in models:
        key = tuple((x.dtype, x.shape, x.scale, x.zero_point) for x in model.inputs)
        entries.append(_entry(model, encodings.setdefault(key, len(encodings))))
    return _table(models, entries, [places(model) for model in models], build_id, macros)


def _table(
    models: Sequence[CompiledModel],
    entries: Sequence[str],
    tensors: Sequence[Places],
    build_id: str,
    more: Mapping[str, str],
    headers: Sequence[str] | None = None,
) -> str:
    named = [f"model_{m.name}.h" for m in models] if headers is None else headers
    includes = [f'#include "{header}"' for header in ("engine.h", *named)]
    counted, tables = tensor_table(tensors)
    macros = {
        "IMAGE_BUILD_ID": f'"{build_id}"',
        "IMAGE_MODEL_COUNT": str(len(entries)),
        "IMAGE_ARENA_BYTES": f"{max((m.arena_bytes for m in models), default=1)}u",
        "IMAGE_INPUT_BYTES": f"{max((m.inputs.bytes for m in models), default=1)}u",
    }
    macros |= counted | dict(more)
    if any(model.graph.states() for model in models):
        macros["IMAGE_STATES"] = "1"
    # C has no empty arrays: an image without models has one unused entry.
    table = ",\n".join(f"    {entry}" for entry in entries or [_EMPTY_ENTRY])
    return "\n\n".join(
        [
            "/* Generated by harness.codegen: the models of one firmware image. */\n"
            "#ifndef IMAGE_H\n#define IMAGE_H",
            "\n".join(f"#define {name} {value}" for name, value in macros.items()),
            "#endif",
            "/* Units that need no models do not read megabytes of weights. */\n"
            "#if !defined(IMAGE_WITHOUT_MODELS) && !defined(IMAGE_MODELS_H)\n"
            "#define IMAGE_MODELS_H",
            "\n".join(includes),
            f"static const engine_model image_models[{max(1, len(entries))}] ENGINE_FLASH = {{\n"
            f"{table},\n}};",
            *tables,
            "#endif\n",
        ]
    )


def _entry(model: CompiledModel, encoding: int) -> str:
    macro = f"MODEL_{model.name.upper()}"
    sizes = ("INPUT_BYTES", "INPUT_OFFSET", "OUTPUT_BYTES", "OUTPUT_OFFSET", "ARENA_BYTES")
    values = ", ".join(f"{macro}_{size}" for size in sizes)
    return (
        f'{{"{model.name[:NAME_MAX]}", 0x{model.crc32:08x}u, {values}, {encoding}u, '
        f"model_{model.name}_run, {reset_function(model.name, model.graph)}}}"
    )


def byte_array_header(data: bytes, name: str) -> str:
    """Return a header that holds a file, e.g. a `.tflite` for TensorFlow Lite Micro, as an array.

    Defines `<name>` (16-byte aligned, as TFLM requires) and `<name>_len`, in C and C++.
    """
    symbol = c_name(name)
    guard = f"{symbol.upper()}_DATA_H"
    body = "\n".join(wrapped([f"0x{byte:02x}" for byte in data or b"\0"]))
    return (
        f"/* Generated by harness.codegen: {symbol}, {len(data)} bytes. */\n"
        f"#ifndef {guard}\n#define {guard}\n\n"
        f"static const unsigned char {symbol}[{max(1, len(data))}] "
        f"__attribute__((aligned(16))) = {{\n{body}\n}};\n\n"
        f"static const unsigned int {symbol}_len = {len(data)}u;\n\n"
        "#endif\n"
    )
