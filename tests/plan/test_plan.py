"""A plan's mistakes, each with the words that a user reads."""

from __future__ import annotations

import copy
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import PlanError
from harness.plan.plan import Plan, load_plan, parse_plan
from harness.pruning.registry import METHODS

ROOT = Path(__file__).parents[2]
DIGITS = ROOT / "plans" / "digits.toml"
Data = dict[str, Any]


@pytest.fixture
def digits() -> Data:
    return tomllib.loads(DIGITS.read_text(encoding="utf-8"))


def problems(data: Data) -> list[str]:
    with pytest.raises(PlanError) as caught:
        parse_plan(data, "plan.toml")
    return caught.value.problems


def pruned(data: Data, **changes: object) -> Data:
    data["variant"][1] |= changes
    return data


def test_the_tutorials_plan_has_twenty_cells_in_order() -> None:
    plan = load_plan(DIGITS)
    cells = [(cell.variant, cell.dtype, cell.target) for cell in plan.cells()]
    assert len(cells) == 20
    assert cells == [
        (variant, dtype, target)
        for variant in ("original", "magnitude_80")
        for dtype in ("float32", "int8")
        for target in plan.matrix.targets
    ]
    assert cells[-1] == ("magnitude_80", "int8", "simavr-uno")
    assert plan.variants[1].sparsity_target == 0.8


MISTAKES: list[tuple[Callable[[Data], object], list[str]]] = [
    (lambda plan: plan.update(seed="abc"), ["seed: 'abc' is not a whole number"]),
    (lambda plan: plan.update(seeds=0), ["seeds: 0 is out of range: it has to be at least 1"]),
    (lambda plan: plan.update(seeds=2.5), ["seeds: 2.5 is not a whole number"]),
    (lambda plan: plan.pop("model"), ["model: this key is missing"]),
    (lambda plan: plan.update(model=3), ["model: 3 is not a table"]),
    (lambda plan: plan.update(mesure={}), ["mesure: unknown key (did you mean 'measure'?)"]),
    (
        lambda plan: pruned(plan, final_sparsty=0.5),
        ["variant[1].final_sparsty: unknown key (did you mean 'final_sparsity'?)"],
    ),
    (
        lambda plan: pruned(plan, method="magnitud"),
        [
            "variant[1]: there is no method 'magnitud' (did you mean 'magnitude'?); "
            "methods: " + ", ".join(METHODS)
        ],
    ),
    (
        lambda plan: plan["variant"][1].pop("method"),
        ["variant[1]: the key 'method' is missing; methods: " + ", ".join(METHODS)],
    ),
    (
        lambda plan: pruned(plan, final_sparsity=1.5),
        ["variant[1].final_sparsity: 1.5 is out of range: it has to be less than 1"],
    ),
    (
        lambda plan: pruned(plan, initial_sparsity=0.9),
        ["variant[1]: initial_sparsity 0.9 is above final_sparsity 0.8"],
    ),
    (
        lambda plan: pruned(plan, begin_step=100, end_step=50),
        ["variant[1]: end_step 50 is not after begin_step 100"],
    ),
    (
        lambda plan: pruned(plan, end_step=50),
        [
            "variant[1]: end_step - begin_step = 50 is no multiple of frequency 20: the final "
            "sparsity would never be reached"
        ],
    ),
    (
        lambda plan: pruned(plan, schedule="constant", initial_sparsity=0.2),
        ['variant[1]: initial_sparsity means nothing with schedule = "constant"'],
    ),
    (lambda plan: pruned(plan, epochs=True), ["variant[1].epochs: true is not a whole number"]),
    (
        lambda plan: pruned(plan, final_sparsity="0.5"),
        ["variant[1].final_sparsity: '0.5' is not a number"],
    ),
    (
        lambda plan: pruned(plan, name="80 %"),
        ["variant[1].name: '80 %' is no name: 1 to 41 letters, digits, '_', '-' or '.', no space"],
    ),
    (
        lambda plan: plan.update(name="my plan"),
        ["name: 'my plan' is no name: 1 to 61 letters, digits, '_' or '-', no space"],
    ),
    (
        lambda plan: plan["model"].update(entry="models/digits.py", learning_rate=float("inf")),
        [
            "model.entry: there is no Python module 'models/digits.py' (for example "
            "models.digits_cnn; docs/add-a-model.md shows how to write one)",
            "model.learning_rate: inf is out of range: it has to be at most 1",
        ],
    ),
    (
        lambda plan: plan["matrix"].update(engines=["codgen"]),
        ["matrix.engines[0]: 'codgen' is not one of codegen, tflm (did you mean 'codegen'?)"],
    ),
    (
        lambda plan: plan.update(tflm={"library": 3, "libary": "x"}),
        [
            "tflm.library: 3 is not text in quotes",
            "tflm.libary: unknown key (did you mean 'library'?)",
        ],
    ),
    (
        lambda plan: pruned(plan, name="original"),
        ["variant: 2 variants are named 'original'; names are unique"],
    ),
    (
        lambda plan: plan["variant"].pop(0),
        [
            'variant: no variant has method = "none"; the unpruned original is what the others are '
            "compared with"
        ],
    ),
    (
        lambda plan: plan["matrix"].update(targets=["qemu-m5", "host", "host"], dtypes=["int9"]),
        [
            "matrix.dtypes[0]: 'int9' is not one of float32, dynamic, int8, int8_pertensor, "
            "int16x8 (did you mean 'int8'?)",
            "matrix.targets[0]: there is no target 'qemu-m5' (did you mean 'qemu-m55'?)",
            "matrix.targets: 'host' is listed 2 times",
        ],
    ),
    (lambda plan: plan["matrix"].update(targets="host"), ["matrix.targets: 'host' is not a list"]),
    (
        lambda plan: plan["matrix"].update(targets=[]),
        ["matrix.targets: at least one entry is needed"],
    ),
    (
        lambda plan: plan["measure"].update(samples="most"),
        ["measure.samples: 'most' is neither 'all' nor a whole number above 0"],
    ),
    (
        lambda plan: plan["measure"].update(samples=0),
        ["measure.samples: 0 is neither 'all' nor a whole number above 0"],
    ),
    (
        lambda plan: plan.update(ports={"un": "/dev/ttyACM0"}),
        ["ports: there is no target 'un' (did you mean 'uno'?)"],
    ),
]


@pytest.mark.parametrize(("change", "expected"), MISTAKES)
def test_each_mistake_has_its_key_and_the_nearest_name(
    digits: Data, change: Callable[[Data], object], expected: list[str]
) -> None:
    change(digits)
    assert problems(digits) == expected


def test_all_mistakes_are_told_at_once(digits: Data) -> None:
    digits["seed"] = -1
    digits["matrix"]["targets"] = ["uno", "pic"]
    pruned(digits, final_sparsity="much")
    assert problems(digits) == [
        "seed: -1 is out of range: it has to be at least 0",
        "variant[1].final_sparsity: 'much' is not a number",
        "matrix.targets[1]: there is no target 'pic' (did you mean 'pico'?)",
    ]


def test_a_missing_file_and_broken_toml(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot read the plan: No such file"):
        load_plan(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text('name = "a\n')
    with pytest.raises(PlanError, match=r"this is not TOML: .*line 1, column 10"):
        load_plan(broken)
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(PlanError, match="not UTF-8"):
        load_plan(broken)
    broken.write_text(f"name = {'[' * 3000}{']' * 3000}\n")
    with pytest.raises(PlanError, match="nested too deeply"):
        load_plan(broken)
    broken.write_text(f"seed = {'9' * 5000}\n")
    with pytest.raises(PlanError, match=r"this is not TOML: .* 5000 digits"):
        load_plan(broken)


def test_a_plan_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    marked = tmp_path / "marked.toml"
    marked.write_bytes(b"\xef\xbb\xbf" + DIGITS.read_bytes().replace(b"\n", b"\r\n"))
    assert load_plan(marked) == load_plan(DIGITS)


def test_the_digest_is_the_meaning(digits: Data) -> None:
    plan = parse_plan(digits, "a")
    spelled_out = copy.deepcopy(digits)
    pruned(spelled_out, schedule="polynomial", power=3.0)
    spelled_out["ports"] = {"uno": "/dev/ttyACM0"}
    spelled_out["tflm"] = {"library": "anywhere"}
    assert parse_plan(spelled_out, "b").digest == plan.digest
    assert parse_plan(pruned(digits, final_sparsity=0.81), "c").digest != plan.digest


def test_the_library_is_found_from_the_plans_folder_and_engines_multiply_the_cells(
    digits: Data, tmp_path: Path
) -> None:
    text = DIGITS.read_text(encoding="utf-8")
    text = text.replace('engines = ["codegen"]', 'engines = ["codegen", "tflm"]')
    path = tmp_path / "plans" / "both.toml"
    path.parent.mkdir()
    path.write_text(f'{text}\n[tflm]\nlibrary = "../mine"\n', encoding="utf-8")
    plan = load_plan(path)
    assert Path(str(plan.tflm.library)).resolve() == tmp_path / "mine"
    one = parse_plan(digits, "one")
    assert len(plan.cells()) == 2 * len(one.cells())
    assert {cell.engine for cell in plan.cells()} == {"codegen", "tflm"}
    assert plan.digest != one.digest


def test_a_narrowed_plan_keeps_the_plans_order() -> None:
    plan = load_plan(DIGITS).narrowed(["simavr-uno", "host"], {"uno": "/dev/ttyACM0"})
    assert plan.matrix.targets == ("host", "simavr-uno")
    assert plan.ports == {"uno": "/dev/ttyACM0"}
    with pytest.raises(PlanError, match="--target pico: not a target of this plan"):
        load_plan(DIGITS).narrowed(["pico"], {})


def test_a_plan_survives_the_way_to_the_worker() -> None:
    plan = load_plan(DIGITS)
    assert Plan.model_validate_json(plan.model_dump_json(by_alias=True)) == plan


def test_loading_a_plan_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pathlib import Path; from harness.plan.plan import load_plan; "
        f"load_plan(Path({str(DIGITS)!r})); "
        "print([name for name in ('tensorflow', 'pandas', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
