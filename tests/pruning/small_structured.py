"""Structured methods and a plan that has one."""

from __future__ import annotations

import tomllib

from harness.plan.plan import Plan, parse_plan
from harness.pruning.filter import Filter
from harness.pruning.neuron import Neuron
from tests.source_files import ROOT

PLAN = ROOT / "plans" / "structured.toml"


def method(kind: str, **parameters: object) -> Neuron | Filter:
    made = {"neuron": Neuron, "filter": Filter}[kind]
    return made.model_validate({"name": "v", "method": kind} | parameters)


def plan_with(**variant: object) -> Plan:
    data = tomllib.loads(PLAN.read_text(encoding="utf-8"))
    data["variant"] = [data["variant"][0], {"name": "v", "method": "neuron"} | variant]
    return parse_plan(data, "plan")
