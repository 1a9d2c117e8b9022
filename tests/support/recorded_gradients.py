"""Gradients that real TVM gave (tests/corpus/gradients): programs before and after differentiation, and values."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from relax_core.ir import expr as relax
from relax_core.ops import call_params
from relay_compat.ir.expr import Call, Constant, Op
from relay_compat.operators import attributes
from relay_compat.visit import reachable
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import relay_params

DIRECTORY = Path(__file__).resolve().parent.parent / "corpus" / "gradients"


@dataclass
class Row:
    """One program. ``failed``: at which stage TVM gave up, or None; there are values only if it did not."""

    side: str
    release: str
    number: int
    expression: str
    before: str
    after: str
    failed: str | None
    inputs: list[np.ndarray] = field(default_factory=list)
    outputs: list[np.ndarray] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.side}-{self.release}-{self.number}-{self.expression}"


def rows(side: str, release: str) -> Iterator[Row]:
    """The rows of one release, those left out that TVM does not take before they are differentiated."""
    file = DIRECTORY / f"{side}-{release}.json"
    data = np.load(file.with_suffix(".npz"))["data"].tobytes()
    offset = 0

    def read(described: list[Any]) -> list[np.ndarray]:
        nonlocal offset
        arrays = []
        for shape, dtype in described:
            array = np.frombuffer(data, dtype, prod(shape), offset).reshape(shape)
            offset += array.nbytes
            arrays.append(array)
        return arrays

    for number, entry in enumerate(json.loads(file.read_text())):
        inputs, outputs = read(entry.get("inputs", [])), read(entry.get("outputs", []))
        if "before" in entry:
            texts = entry["expression"], entry["before"], entry.get("after", "")
            yield Row(side, release, number, *texts, entry.get("failed"), inputs, outputs)


def leaves(value: Any) -> list[np.ndarray]:
    """The arrays of a nested tuple."""
    return [leaf for item in value for leaf in leaves(item)] if isinstance(value, tuple) else [np.asarray(value)]


def relay_form(root: Any) -> list[Any]:
    """What a Relay function consists of, node after node: two of one form differ at most in names, and in how they say
    the same parameters. Constants count to the digits that text has, and so do not count as shared.
    """
    places: dict[Any, Any] = {}
    found: list[Any] = []
    for node in reachable(root):
        if isinstance(node, Constant):
            places[node] = _rounded(node.data)
        elif not isinstance(node, Op):
            inner = {name: getattr(node, name) for name in node.children if name != "op"}
            operands = {name: _places(value, places) for name, value in inner.items()}
            places[node] = len(found)
            found.append((type(node).__name__, _relay_label(node), operands))
    return found


def _relay_label(node: Any) -> Any:
    if isinstance(node, Call) and isinstance(node.op, Op):
        card = registry().by_relay[node.op.name]
        return card.name, relay_params(card, attributes(node, card), [arg.checked_type for arg in node.args])
    return getattr(node, "index", None)


def relax_form(function: Any, release: str) -> list[Any]:
    """The same of a Relax function of one block, binding after binding."""
    places: dict[Any, int] = {}
    for param in function.params:
        places[param] = len(places)
    found: list[Any] = []
    for binding in function.body.blocks[0].bindings:
        found.append(_relax_value(binding.value, places, release))
        places[binding.var] = len(places)
    return [*found, _relax_value(function.body.body, places, release)]


def _relax_value(value: Any, places: dict[Any, int], release: str) -> Any:
    match value:
        case relax.Call():
            params = call_params(value, release)
            known = repr(value.attrs) if params is None else (params[0].name, params[1])
            args = value.args if params is None else params[2]
            return str(value.op), known, [_relax_value(arg, places, release) for arg in args]
        case relax.Constant():
            return _rounded(value.data)
        case relax.Tuple():
            return [_relax_value(field, places, release) for field in value.fields]
        case relax.TupleGetItem():
            return _relax_value(value.tuple_value, places, release), value.index
        case relax.Var():
            return places[value]
        case _:
            return str(value)


def _places(value: Any, places: dict[Any, int]) -> Any:
    return [_places(item, places) for item in value] if isinstance(value, (tuple, list)) else places[value]


def _rounded(array: np.ndarray) -> Any:
    return array.shape, str(array.dtype), [f"{float(item):.5g}" for item in array.ravel()]
