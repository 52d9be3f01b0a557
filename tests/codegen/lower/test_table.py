"""The operator table is complete, and docs/operators.md is up to date."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

from harness.codegen import compile_model, lower
from harness.codegen.lower import table
from harness.codegen.lower.support import DYNAMIC, INT8, OperatorSupport
from harness.codegen.lower.table import OPERATORS, hint, public_operators
from tests.engine.hybrid_models import KINDS as HYBRID_KINDS
from tests.engine.hybrid_models import hybrid_model
from tests.engine.op_models import CASES, op_model
from tests.engine.s16_models import KINDS as S16_KINDS
from tests.engine.s16_models import s16_model

ROOT = Path(__file__).parents[3]
spec = importlib.util.spec_from_file_location(
    "operator_table", ROOT / "scripts" / "operator_table.py"
)
assert spec is not None
assert spec.loader is not None
operator_table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(operator_table)

MODULES = [
    importlib.import_module(f"{lower.__name__}.{found.name}")
    for found in pkgutil.iter_modules(lower.__path__)
]
KERNEL = re.compile(r"^void engine_(\w+)\(", re.MULTILINE)


def declared_kernels() -> set[str]:
    """C names without `engine_`."""
    headers = (ROOT / "firmware" / "lib" / "engine").rglob("engine_kernels_*.h")
    return {name for path in headers for name in KERNEL.findall(path.read_text(encoding="utf-8"))}


def belongs(kernel: str, record: OperatorSupport) -> bool:
    return any(kernel.startswith(f"{name}_") or kernel == name for name in record.kernels)


def test_the_committed_table_is_up_to_date() -> None:
    page = operator_table.PAGE.read_text(encoding="utf-8")
    assert page.count(operator_table.MARKS[0]) == page.count(operator_table.MARKS[1]) == 1
    up_to_date = operator_table.with_table(page)
    assert page == up_to_date, "run .venv/bin/python scripts/operator_table.py"


@pytest.mark.parametrize("record", OPERATORS.values(), ids=lambda record: record.kind)
def test_every_record_is_documented_in_a_phrase(record: OperatorSupport) -> None:
    for phrase in (record.summary, *record.restrictions):
        assert re.fullmatch(r"\S.*[^\s.;,]", phrase)
        assert not set("|\n") & set(phrase)
    assert record.lowerings
    assert record.sources
    assert set(record.sparse) <= set(record.lowerings)


def test_every_family_is_in_the_table_once() -> None:
    records = [
        record
        for module in MODULES
        if module is not table
        for record in getattr(module, "OPERATORS", ())
    ]
    assert sorted(record.kind for record in records) == sorted(OPERATORS)


def test_every_lowering_has_a_record() -> None:
    registered = {f for record in OPERATORS.values() for f in record.lowerings.values()}
    written = {
        function
        for module in MODULES
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__annotations__ == {"op": "Operands", "return": "Call"} and name[0] != "_"
    }
    assert written == registered


def test_every_kernel_has_a_record_and_every_record_its_kernels() -> None:
    kernels = declared_kernels()
    assert len(kernels) > 80
    records = OPERATORS.values()
    assert {k for k in kernels if not any(belongs(k, record) for record in records)} == set()
    unused = {
        (record.kind, name)
        for record in records
        for name in record.kernels
        if not any(kernel.startswith(name) for kernel in kernels)
    }
    assert unused == set()


def test_models_call_the_kernels_of_their_operators_records() -> None:
    models = [op_model(*case, seed=1) for case in CASES]
    models += [s16_model(kind, seed) for kind in S16_KINDS for seed in range(3)]
    models += [hybrid_model(kind, seed=1) for kind in HYBRID_KINDS]
    wrong, seen = [], set()
    for data in models:
        for op in compile_model(data, "m", keep_all=True).ops:
            seen.add(op.kind)
            kernel = op.kernel.removeprefix("engine_")
            record = OPERATORS[op.kind]
            if not (belongs(kernel, record) or (kernel == "none" and not record.kernels)):
                wrong.append((op.kind, kernel))
    assert wrong == []
    assert len(seen) > 40


def test_records_tell_types_in_words() -> None:
    assert OPERATORS["CONV_2D"].types == "int8, float32, int16, dynamic range"
    assert OPERATORS["DEQUANTIZE"].types == "int8 to float32, int16 to float32"
    assert DYNAMIC in OPERATORS["FULLY_CONNECTED"].lowerings
    assert INT8 not in OPERATORS["DEQUANTIZE"].lowerings


def test_codegens_own_operator_is_not_listed() -> None:
    listed = {record.kind for record in public_operators()}
    assert set(OPERATORS) - listed == {"FLIP_SIGN", "QUANTIZE_ROWS"}
    assert "QUANTIZE_ROWS" not in hint(["ATAN2"])


def test_the_hint_lists_all_operators_for_an_unknown_one() -> None:
    text = hint(["ADD", "ATAN2"])
    assert text.startswith("supported are ABS, ADD, ARG_MAX, ")
    assert text.endswith("UNIDIRECTIONAL_SEQUENCE_LSTM, UNPACK; see docs/operators.md")
    assert hint(["QUANTIZE_ROWS"]) == hint(["ATAN2"])


def test_the_hint_tells_the_forms_of_known_operators() -> None:
    assert hint(["TANH", "LOGISTIC", "TANH"]) == (
        "supported are LOGISTIC (int8, float32; output scale 1/256 in int8), "
        "TANH (int8, float32); see docs/operators.md"
    )
