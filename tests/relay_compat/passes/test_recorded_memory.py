"""Lowered programs with their allocations, and plans of memory, as TVM 0.19 made them."""

import json
from functools import cache
from pathlib import Path

import pytest

import relay_compat as relay
import relay_compat.backend.memory_plan
import relay_compat.passes.manifest_alloc
from migrate.alias.tvm.ir.attrs import make_node
from relay_compat.devices.place import place_of
from relay_compat.ir.values import TypedInt
from relay_compat.virtual_device import virtual_device
from tensor_core.global_functions import get_global_func
from tensor_core.shapes import ANY
from tests.corpus.memory_programs import PROGRAMS, SEEDS, STRAIGHT, Side, manifested, planned

SIDE = Side(
    relay,
    relay.IRModule,
    get_global_func,
    make_node,
    lambda value: TypedInt(value, "int32"),
    cache(lambda name: place_of(virtual_device(name)).record()),
    lambda: ANY,
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_allocations_are_those_that_tvm_printed(name: str, root: Path) -> None:
    recorded = json.loads((root / "tests" / "corpus" / "memory.json").read_text())["allocations"]
    assert manifested(SIDE, name).splitlines() == recorded[name]


@pytest.mark.parametrize("program", [*STRAIGHT, *range(SEEDS)])
def test_values_lie_where_tvm_put_them(program: int | str, root: Path) -> None:
    recorded = json.loads((root / "tests" / "corpus" / "memory.json").read_text())["plans"]
    assert planned(SIDE, program) == recorded[str(program)]
