"""Checks in generated headers: they do not compile with another engine or another core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.codegen.calls import Call
from harness.codegen.cores import Core
from harness.codegen.engine_constants import C_CONSTANTS
from harness.codegen.storage.packed import is_packed
from harness.codegen.structs import Struct

_NO_DSP = """#if !defined(__ARM_FEATURE_DSP)
#error "the weights of this model are packed for cores with DSP instructions"
#endif"""


def refusals(core: Core, calls: Sequence[Call]) -> list[str]:
    """Return paragraphs of C that fail to compile where codegen planned with other figures.

    They check the engine's constants, the size of each struct in use, and the figures of the
    core. Weights packed for DSP instructions need a core with DSP instructions.
    """
    used = {struct.ctype: struct.sizeof() for call in calls for struct in _structs(call)}
    facts = [
        *(f"{name} == {value}" for name, value in C_CONSTANTS.items()),
        *(f"sizeof({ctype}) == {size}" for ctype, size in sorted(used.items())),
    ]
    lines = [
        "/* The engine that this header was generated for. */",
        *(f"ENGINE_EXPECTED({fact});" for fact in facts),
        *(
            f'ENGINE_ASSERT({fact}, "this model was compiled for {core.name}; here {otherwise}");'
            for fact, otherwise in _core_facts(core)
        ),
    ]
    layers = [*calls, *(call.rolling.reader for call in calls if call.rolling)]
    packed = any(is_packed(call) for call in layers)
    return ["\n".join(lines), *([_NO_DSP] if packed else [])]


def _core_facts(core: Core) -> Iterator[tuple[str, str]]:
    """Yield the conditions that codegen relies on, each with words for a core that differs."""
    taps, pixels, most = core.tap_bytes, core.pixels, core.window_taps
    yield f"ENGINE_TAP_BYTES <= {taps}", f"taps have more than {taps} B"
    yield f"ENGINE_PIXELS <= {pixels}", f"more than {pixels} windows are computed at once"
    yield f"ENGINE_WINDOW_TAPS <= {most}", f"more than {most} taps are copied"
    if core.mve:
        windows = core.plain_windows
        yield f"ENGINE_PLAIN_WINDOWS <= {windows}", f"more than {windows} windows are joined"
    yield f"ENGINE_POOL_TAPS >= {core.pool_taps}", f"pools hold fewer than {core.pool_taps} taps"
    yield f"ENGINE_FLASH_PARAMS <= {int(core.flash_params)}", "parameters can only lie in flash"


def _structs(call: Call) -> Iterator[type[Struct]]:
    """Yield the structs of a call's parameters, nested ones included."""
    if call.params is not None:
        yield from _with_inner(type(call.params))
    if call.bands:
        yield from _structs(call.bands.add)
    if call.rolling:
        yield from _structs(call.rolling.reader)


def _with_inner(struct: type[Struct]) -> Iterator[type[Struct]]:
    yield struct
    for member in struct.members():
        if isinstance(member.type, type):
            yield from _with_inner(member.type)
