"""Printer of kernel calls, and of loops over bands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from harness.codegen.calls import C_TYPES, Bands, Call, Rolling
from harness.codegen.structs import FullyConnectedParams, GridParams, Struct, WindowParams

_Place = Callable[[int, str], str]
_INDENT = " " * 8
# by the head of a kernel's parameters
_NARROW: Mapping[type[Struct], str] = {
    WindowParams: "engine_window_band(&layer.window, (int16_t)({first}), (int16_t)({count}))",
    GridParams: "engine_grid_band(&layer.grid, (uint16_t)({first}), (uint16_t)({count}))",
    FullyConnectedParams: "engine_pixels_band(&layer.rows, layer.depth, "
    "(uint32_t)({first}) * {width}u, (uint16_t)(({count}) * {width}))",
}


def called(kernel: str, arguments: Sequence[str], indent: str) -> str:
    """Return the lines of a call, one argument a line."""
    separator = f",\n{indent}    "
    return f"{indent}{kernel}(\n{indent}    {separator.join(arguments)});"


def banded(prefix: str, call: Call, bands: Bands, scratch: int, place: _Place) -> list[str]:
    """Return a loop over bands: the layer, then its sum with the call's last input."""
    source, other = call.inputs
    added = [
        f"{place(other, 'const ')} + at" if tensor == other else "band"
        for tensor in bands.add.inputs
    ]
    to = f"{place(call.output, '')} + at"
    return [
        f"    for (uint32_t first = 0; first < {bands.count}u; first += {bands.each}u) {{",
        *_layer(bands.layer, prefix, "first", str(bands.each), 1),
        f"{_INDENT}const size_t at = (size_t)first * {bands.elements // bands.each}u;",
        _buffer(bands.dtype, "band", scratch),
        _kernel(bands.layer, prefix, source, "band", scratch + bands.kernel_scratch, place),
        called(bands.add.kernel, [f"&{prefix}_sum_params", *added, to], _INDENT),
        "    }",
    ]


def rolled(prefix: str, call: Call, rolling: Rolling, scratch: int, place: _Place) -> list[str]:
    """Return a loop over bands of the reader; the layer computes the rows that are new."""
    reader, (source,) = rolling.reader, call.inputs
    assert reader.params is not None
    reads = (
        "engine_window_reads(&reader.window, first, count)"
        if isinstance(reader.params, WindowParams)
        else f"engine_pixels_read(&reader.rows, {rolling.width}, first, count)"
    )
    ctype = C_TYPES[rolling.dtype]
    kernel_scratch = scratch + rolling.kernel_scratch
    arguments = [
        "&reader",
        "rows",
        *(f"{prefix}_reader_{name}" for name in reader.constants.names()),
    ]
    if reader.scratch_bytes is not None:
        arguments.append(f"arena + {kernel_scratch}u")
    arguments.append(f"{place(call.output, '')} + (size_t)first * {rolling.out_elements}u")
    each, total = rolling.each, rolling.count
    count = (
        str(each) if total % each == 0 else f"{total} - first < {each} ? {total} - first : {each}"
    )
    new = f"rows + (size_t)kept * {rolling.row_elements}u"
    return [
        "    {",
        "    engine_band held = {0, 0};",
        f"    for (int16_t first = 0; first < {total}; first += {each}) {{",
        f"{_INDENT}const int16_t count = (int16_t)({count});",
        f"{_INDENT}{reader.params.ctype} reader = {prefix}_reader_params;",
        f"{_INDENT}const engine_band wanted = {reads};",
        _buffer(rolling.dtype, "rows", scratch),
        f"{_INDENT}const int16_t kept = engine_keep_rows(rows, {rolling.row_elements}u * "
        f"sizeof({ctype}), held, wanted);",
        f"{_INDENT}held = wanted;",
        f"{_INDENT}if (wanted.start + kept < wanted.end) {{",
        *_layer(
            call, prefix, "wanted.start + kept", "wanted.end - wanted.start - kept", rolling.width
        ),
        _kernel(rolling.layer, prefix, source, new, kernel_scratch, place),
        f"{_INDENT}}}",
        called(reader.kernel, arguments, _INDENT),
        "    }",
        "    }",
    ]


def _layer(call: Call, prefix: str, first: str, count: str, width: int) -> list[str]:
    """Return definitions of the narrowed parameters and of the start of the layer's input."""
    assert call.params is not None
    text = next(text for begin, text in _NARROW.items() if isinstance(call.params, begin))
    return [
        f"{_INDENT}{call.params.ctype} layer = {prefix}_params;",
        f"{_INDENT}const size_t before = {text.format(first=first, count=count, width=width)};",
    ]


def _kernel(call: Call, prefix: str, source: int, to: str, scratch: int, place: _Place) -> str:
    arguments = [
        "&layer",
        f"{place(source, 'const ')} + before",
        *(f"{prefix}_{name}" for name in call.constants.names()),
    ]
    if call.scratch_bytes is not None:
        arguments.append(f"arena + {scratch}u")
    return called(call.kernel, [*arguments, to], _INDENT)


def _buffer(dtype: str, name: str, scratch: int) -> str:
    return f"{_INDENT}{C_TYPES[dtype]} *const {name} = (void *)(arena + {scratch}u);"
