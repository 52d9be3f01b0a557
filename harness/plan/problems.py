"""Messages for the mistakes in a plan: the key as in TOML, the mistake, the nearest valid name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from harness.boards.catalogue import load_catalogue
from harness.nearest import nearest
from harness.plan.sources import source_problems
from harness.pruning.registry import METHODS

TYPES = {
    "int": "a whole number",
    "float": "a number",
    "string": "text in quotes",
    "bool": "true or false",
    "tuple": "a list",
    "dict": "a table",
    "model": "a table",
}
BOUNDS = {
    "greater_than": "greater than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
PLAIN = {
    "missing": "this key is missing",
    "too_short": "at least one entry is needed",
    "union_tag_not_found": f"the key 'method' is missing; methods: {', '.join(METHODS)}",
    "string_pattern_mismatch": "{value} is not a valid name: it has to match {pattern}",
}
ORIGINAL = "none"


def explain(error: ValidationError, root: type[BaseModel]) -> list[str]:
    """One line for each mistake pydantic found."""
    lines: dict[str, None] = {}
    problems = error.errors(include_url=False)
    for problem in problems:
        location = _without_tags(problem["loc"])
        key = _key(location)
        if problem["type"] == "too_short" and problem["input"]:
            continue  # its entries are wrong, and each has its own message
        lines.setdefault(f"{key}: {_sentence(dict(problem), location, root)}", None)
    return list(lines)


def crosscheck(data: dict[str, Any]) -> list[str]:
    """Mistakes that need more than one value, or the catalogue; takes any shape of `data`."""
    matrix = data.get("matrix")
    problems = _variant_problems(data) + source_problems(data)
    if isinstance(matrix, dict):
        for index, name in enumerate(_list(matrix.get("targets"))):
            problems += _target_problems(f"matrix.targets[{index}]", name)
        for key in ("targets", "dtypes", "engines"):
            values = [value for value in _list(matrix.get(key)) if isinstance(value, str)]
            for value, count in Counter(values).items():
                if count > 1:
                    problems.append(f"matrix.{key}: '{value}' is listed {count} times")
    for table in ("ports", "power", "energy"):
        named = data.get(table)
        if isinstance(named, dict):
            for name in named:
                problems += _target_problems(table, name)
    problems += _probe_problems(data.get("energy"))
    return problems


def _probe_problems(energy: Any) -> list[str]:
    catalogue = load_catalogue()
    if not isinstance(energy, dict):
        return []
    named = [catalogue[name] for name in energy if name in catalogue]
    return [
        f"energy.{spec.name}: {'a simulator' if spec.simulated else 'a Linux board'} has no pin "
        "for a probe; an estimate from the datasheet needs no table"
        for spec in named
        if spec.simulated or spec.marker_pin is None
    ]


def _variant_problems(data: dict[str, Any]) -> list[str]:
    variants = [item for item in _list(data.get("variant")) if isinstance(item, dict)]
    names = Counter(str(item["name"]) for item in variants if "name" in item)
    problems = [
        f"variant: {count} variants are named '{name}'; names are unique"
        for name, count in names.items()
        if count > 1
    ]
    if variants and not any(item.get("method") == ORIGINAL for item in variants):
        problems.append(
            f'variant: no variant has method = "{ORIGINAL}"; the unpruned original is what the '
            "others are compared with"
        )
    return problems


def _target_problems(key: str, name: Any) -> list[str]:
    catalogue = load_catalogue()
    if not isinstance(name, str) or name in catalogue:
        return []
    return [f"{key}: there is no target '{name}'{nearest(name, catalogue)}"]


def _sentence(
    problem: dict[str, Any], location: tuple[str | int, ...], root: type[BaseModel]
) -> str:
    kind, value, context = str(problem["type"]), problem["input"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key{nearest(str(location[-1]), _keys_beside(location, root, problem))}"
    if kind == "literal_error":
        expected = context["expected"].replace(" or ", ", ").split(",")
        allowed = [word.strip().strip("'") for word in expected]
        return f"{_shown(value)} is not one of {', '.join(allowed)}{nearest(str(value), allowed)}"
    if kind == "union_tag_invalid":
        name = str(context["tag"])
        return f"there is no method '{name}'{nearest(name, METHODS)}; methods: {', '.join(METHODS)}"
    if kind in BOUNDS:
        limit = next(iter(context.values()))
        bound = int(limit) if limit == int(limit) else limit
        return f"{_shown(value)} is out of range: it has to be {BOUNDS[kind]} {bound:,}"
    if kind == "value_error":
        return str(context["error"])
    plain = PLAIN.get(kind)
    if plain is not None:
        return plain.format(value=_shown(value), **context)
    for prefix, words in TYPES.items():
        if kind.startswith(prefix):
            return f"{_shown(value)} is not {words}"
    return str(problem["msg"])


def _keys_beside(
    location: tuple[str | int, ...], root: type[BaseModel], problem: dict[str, Any]
) -> list[str]:
    """Valid keys of the table in which an unknown one stands."""
    model: Any = root
    tag = next((part for part in problem["loc"] if part in METHODS), None)
    for part in location[:-1]:
        if isinstance(part, str):
            model = _field_type(model, part)
        model = _narrow(model, tag)
    fields = getattr(model, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _field_type(model: Any, key: str) -> Any:
    if get_origin(model) is dict:
        return get_args(model)[1]
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return field.annotation
    return None


def _narrow(annotation: Any, tag: object) -> Any:
    """The model class inside `tuple[Annotated[A | B, …], ...]` whose `method` is `tag`."""
    origin = get_origin(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and origin is None:
        return annotation
    if origin in (Union, UnionType):
        for member in get_args(annotation):
            literal = member.model_fields["method"].annotation
            if tag in get_args(literal):
                return member
        return annotation
    if origin is dict:
        return annotation
    for argument in get_args(annotation):
        if argument is not Ellipsis:
            return _narrow(argument, tag)
    return annotation


def _without_tags(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """pydantic's path without its parts that are not keys: methods and union members."""
    kept = list(location[:2])
    for index, part in enumerate(location[2:], start=2):
        is_tag = location[0] == "variant" and index == 2 and part in METHODS
        is_member = isinstance(part, str) and ("[" in part or part in ("int", "constrained-int"))
        if not is_tag and not is_member:
            kept.append(part)
    return tuple(kept)


def _key(location: tuple[str | int, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "plan"


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    text = {"True": "true", "False": "false", "None": "nothing"}.get(text, text)
    return text if len(text) <= 60 else text[:57] + "..."


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []
