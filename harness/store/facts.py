"""Facts of a cell: all that is known of it beside its samples, as one typed record."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True)
class LayerFacts:
    """One layer as codegen runs it, and its figures where the run measured layers."""

    index: int  # of the operator in the model file
    kind: str
    kernel: str = ""
    macs: int | None = None
    nonzero_macs: int | None = None
    reason: str = ""  # for this kernel
    count: float | None = None  # in the cell's latency unit
    max_lsb: int | None = None  # greatest difference from TFLite, integer tensors
    max_abs: float | None = None  # the same, float tensors
    output: str | None = None  # CRC-32 of its output for the first sample, hexadecimal

    @property
    def name(self) -> str:
        """Index and kind, as the gate and `harness profile` name the layer."""
        return f"{self.index} {self.kind}"

    @property
    def error(self) -> float | None:
        """Greatest difference from TFLite: `max_lsb`, or `max_abs` of a float tensor."""
        return self.max_abs if self.max_lsb is None else float(self.max_lsb)


@dataclass(frozen=True)
class EnergyFacts:
    """Energy of one inference as a probe measured it: µJ, 95 % interval, power in mW."""

    uj: float
    sd_uj: float
    low_uj: float
    high_uj: float
    windows: int
    invocations: int
    idle_mw: float | None
    above_idle_uj: float | None
    probe: str


@dataclass(frozen=True)
class CurrentFacts:
    """Current of a computing core by its datasheet (`source`): mA at a supply voltage and clock."""

    active_ma: float
    supply_v: float
    at_hz: int
    source: str


@dataclass(frozen=True)
class CellFacts:
    """Facts of a cell; None where a fact is not known. Sizes in bytes, clocks in Hz."""

    # the target
    target_title: str | None = None
    core: str | None = None
    clock_hz: int | None = None
    timing_kind: str | None = None
    latency_unit: str | None = None
    flash_limit: int | None = None
    ram_limit: int | None = None
    current: CurrentFacts | None = None
    board: str | None = None  # USB id, serial number and chip of the measuring board
    # the model on it
    arena_bytes: int | None = None
    arena_used_bytes: int | None = None  # as TensorFlow Lite Micro reports it
    weights_bytes: int | None = None
    layers: tuple[LayerFacts, ...] = ()
    inputs_saturated: float | None = None  # share of the input values that were clamped
    same_file_as: str | None = None  # an earlier dtype of the variant with the same model file
    layers_build_id: str | None = None
    layers_reason: str | None = None  # reason for missing layers
    # its image
    compiler: str | None = None  # as the image itself names it
    flash_bytes: int | None = None  # less those of the image without models
    ram_bytes: int | None = None  # static, less those of the image without models
    sections: dict[str, int] | None = None  # the same, by section
    image_flash_bytes: int | None = None
    # the measurement
    counter: str | None = None
    counter_hz: int | None = None
    free_ram: int | None = None
    bracket: float | None = None  # cost of an empty pair of reads, in the latency unit
    latency_cold: float | None = None
    stack_bytes: int | None = None
    retries: int | None = None
    resets: int | None = None  # restarts of the board in mid-run
    known_answers: int | None = None  # runs of the first sample, whose outputs all agree
    implausible_time: str | None = (
        None  # reason for which its times cannot be: a verdict leaves it out
    )
    energy: EnergyFacts | None = None
    energy_reason: str | None = None  # reason for missing energy
    # a sketch that was listened to
    inconsistent: int | None = None  # results whose second inference or scores disagree
    # a camera
    camera: str | None = None  # source of the frames
    frame: str | None = None  # WIDTHxHEIGHT
    frame_bytes: int | None = None
    pixels: tuple[float, float] | None = None  # of a black and a white pixel
    frames: int | None = None
    interrupted: bool | None = None
    inputs_same: int | None = None
    outputs_same: int | None = None
    grab_clock: str | None = None
    grab_unit: str | None = None
    grab_median: float | None = None
    prepare_median: float | None = None


Record = TypeVar("Record", CellFacts, LayerFacts, EnergyFacts, CurrentFacts)


def facts_of(values: Mapping[str, Any]) -> CellFacts:
    """Return the record of stored JSON values; names that only a newer harness knows are left out.

    Raises TypeError where a value has another structure than the harness writes.
    """
    present = {name: value for name, value in values.items() if value is not None}
    nested = {name: read(present[name]) for name, read in _NESTED.items() if name in present}
    return _record(CellFacts, present | nested)


def read_facts(text: str) -> dict[str, Any]:
    """Return stored JSON facts by name. Raises ValueError that names the fact of a strange value.

    A strange value is one of another type, and NaN or infinity.
    """
    values = json.loads(text, parse_constant=_no_number)
    try:
        _STORED.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise ValueError(f"{name}: {first['msg']}" if name else first["msg"]) from error
    return dict(values)


def facts_json(facts: CellFacts) -> dict[str, Any]:
    """Return the facts that are known by name, nested records as dictionaries."""
    known = {name: value for name, value in asdict(facts).items() if value is not None}
    if not facts.layers:
        del known["layers"]
    for layer in known.get("layers", ()):
        if layer["output"] is None:  # as older stores have it
            del layer["output"]
    return known


def _record(kind: type[Record], values: Mapping[str, Any]) -> Record:
    known = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in dict(values).items() if name in known})


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no figure")


_STORED = TypeAdapter(CellFacts)
_NESTED: dict[str, Callable[[Any], Any]] = {
    "layers": lambda present: tuple(_record(LayerFacts, layer) for layer in present),
    "energy": lambda present: _record(EnergyFacts, present),
    "current": lambda present: _record(CurrentFacts, present),
    "pixels": tuple,
}
