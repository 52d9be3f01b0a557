"""The models of an image are `static const` in image.h: a second unit with them doubles them."""

from __future__ import annotations

import re

from tests.source_files import ROOT

APP = ROOT / "firmware" / "src"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
NAMES_MODELS = re.compile(r"\bimage_models\b|\"app_models\.h\"")
# app_dut.c takes the place of the others in an image that speaks MLPerf Tiny's dialect.
GUARD = re.compile(r"^#if (!?)defined\(IMAGE_DUT_MODEL\)", re.MULTILINE)


def test_one_unit_of_each_dialect_names_the_models() -> None:
    naming = []
    for path in APP.glob("*.c"):
        code = COMMENT.sub("", path.read_text(encoding="utf-8"))
        if NAMES_MODELS.search(code):
            naming.append((GUARD.findall(code), path.name))
    assert sorted(naming) == [([""], "app_dut.c"), (["!"], "app_answers.c")]


def test_other_units_read_no_weights() -> None:
    for path in APP.glob("*.c"):
        code = COMMENT.sub("", path.read_text(encoding="utf-8"))
        first = code.index('#include "image.h"')
        assert (path.name == "app_answers.c") != ("#define IMAGE_WITHOUT_MODELS" in code[:first])
