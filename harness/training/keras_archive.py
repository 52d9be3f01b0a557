"""Check of a .keras archive before Keras reads it: nothing in it may name code outside of Keras.

Keras' safe mode refuses Lambda layers. The readers of tf_keras still import any module that the
archive's config.json names, and some layers read files or call any function of TensorFlow, so that
the configuration is read here first, as plain JSON.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import InputError

MODULE = re.compile(
    r"(tf_)?keras(\.(layers|initializers|regularizers|constraints|activations|optimizers"
    r"(\.schedules)?|losses|metrics|models|dtype_policies|mixed_precision))?"
    r"|(tf_)?keras\.src\.(engine|models|layers|ops|initializers)(\.\w+)*"
)
# Of the top level of Keras; it also has functions that read files.
TOP_LEVEL = frozenset({"Model", "Sequential", "Functional", "DTypePolicy", "QuantizedDTypePolicy"})
LAMBDA = frozenset({"Lambda", "__lambda__"})
# Layers that load further models, modules or files.
LOADERS = frozenset(
    {
        "TFSMLayer",
        "TorchModuleWrapper",
        "JaxLayer",
        "FlaxLayer",
        "StringLookup",
        "IntegerLookup",
        "TextVectorization",
        "ClassMethod",
        "InstanceMethod",
        "InstanceProperty",
    }
)
# Functions of TensorFlow that a layer may call: pure arithmetic.
CALLERS = frozenset({"TFOpLambda", "SlicingOpLambda"})
PURE = re.compile(
    r"(math|nn|__operators__)\.\w+|reshape|transpose|concat|stack|expand_dims|squeeze|cast|pad"
    r"|clip_by_value|identity|split|tile|reduce_\w+|maximum|minimum|abs|add|subtract|multiply"
)
CONFIG = "config.json"
LARGEST_CONFIG = 16 << 20  # bytes
LARGEST = 1 << 30  # bytes of all files, uncompressed
HINT = (
    'name a function that builds the model, entry = "module:function" with trust = true '
    "(docs/add-a-model.md)"
)


def check_archive(path: Path, *, trusted: bool) -> None:
    """Raise InputError where loading the .keras archive would run other code than Keras' own.

    `trusted` admits all but Lambda layers, which safe mode refuses in any case, and too much data.
    """
    for item in _objects(_config(path)):
        name, module = item["class_name"], item.get("module") or ""
        if isinstance(name, str) and name in LAMBDA:
            raise InputError(
                "this model has a Lambda layer, whose Python code would be run",
                where=str(path),
                hint=HINT,
            )
        if not trusted and not _harmless(name, module, item.get("config")):
            raise InputError(
                f"this model names code that is not a layer of Keras: {module}.{name}".strip("."),
                where=str(path),
                hint=f"if you trust whoever made it: trust = true or --trust; else {HINT}",
            )


def _harmless(name: object, module: object, config: Any) -> bool:
    if not isinstance(name, str) or not isinstance(module, str) or name in LOADERS:
        return False
    if name in CALLERS:
        function = config.get("function", "") if isinstance(config, dict) else ""
        return isinstance(function, str) and bool(PURE.fullmatch(function))
    if not module:  # Keras' own names, which no module is imported for
        return True
    if module in ("keras", "tf_keras"):
        return name in TOP_LEVEL
    return name.isidentifier() and name[0].isupper() and bool(MODULE.fullmatch(module))


def _config(path: Path) -> Any:
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(item.file_size for item in archive.infolist())
            size = archive.getinfo(CONFIG).file_size
            if total > LARGEST or size > LARGEST_CONFIG:
                raise InputError(
                    f"this model has {total:,} B, its configuration {size:,} B; up to "
                    f"{LARGEST:,} B and {LARGEST_CONFIG:,} B are read",
                    where=str(path),
                )
            return json.loads(archive.read(CONFIG))
    except (OSError, KeyError, ValueError, RecursionError, zipfile.BadZipFile) as error:
        raise InputError(
            f"this model cannot be read: {error}", where=str(path), hint="save it again"
        ) from error


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a class in the configuration, at any depth."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if "class_name" in item:
                yield item
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
