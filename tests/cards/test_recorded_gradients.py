"""Gradients that TVM gave for programs of single calls: ours have the same form and the same values."""

import re
import zlib
from typing import Any

import numpy as np
import pytest
from recorded_gradients import DIRECTORY, Row, leaves, relax_form, relay_form, rows

import relax_core.interpret
import relax_core.lower
import relay_compat.interpret
import relay_compat.lower
from cpu_backend.machine import Machine
from relax_core.passes.gradient import Gradient
from relax_core.text.reader import read
from relay_compat.ir.module import IRModule
from relay_compat.passes.first_order_gradient import first_order_gradient
from relay_compat.text.parser import parse
from relay_compat.types.infer import infer_types
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.registry import registry

STEP = 1e-6
ROWS = [*rows("relay", "0.19"), *rows("relax", "0.19"), *rows("relax", "0.27")]

ANOTHER_FORM = {
    "relay": {
        "zeros_like": "the zeros are made anew",
        "nn.conv2d": "the adjoints' element type is not named where it is the data's",
        "expand_dims(%x, axis=0, num_newaxis=2)": "new dimensions are squeezed at once",
        "expand_dims(%x, axis=-1, num_newaxis=2)": "new dimensions are squeezed at once",
        "strided_slice(%x, begin=[0, -3]": "positions are counted from the start",
        "strided_slice(%x, begin=[1], end=[3]": "bounds are given for every dimension",
        "strided_slice(%x, begin=[1, 1]": "sizes are written as ends",
        "take": "scatter_nd in the place of a loop",
        "one_hot": "the indices tell what is chosen, as both values may be equal",
        "relay.arange": "places are a running sum in the place of a range of unknown length",
    },
    "relax": {
        'R.cumsum(x, axis=0, dtype="float64")': "no cast to the element type that it has",
        "R.expand_dims(x, axis=[-1, 0])": "the squeezed axes are in order",
    },
}

OTHER_VALUES = {
    "erf(%x)": "TVM computes erf of float64 with a polynomial of single precision",
    "R.take(x, y, axis=-1)": "TVM adds to memory that it does not clear",
}


class Program:
    """A recorded program, and what we make of it."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.before: Any
        self.after: Any
        if row.side == "relay":
            self.before = infer_types(parse(row.before))
            self.after = infer_types(IRModule.from_expr(first_order_gradient(self.before["main"])))
        else:
            self.before = read(row.before, release=row.release)
            floats = [param for param in self.before["main"].params if "float" in param.ty.dtype]
            self.after = Gradient("main", floats)(self.before)

    def has_the_recorded_form(self) -> bool:
        if self.row.side == "relay":
            return relay_form(self.after["main"]) == relay_form(infer_types(parse(self.row.after))["main"])
        theirs = read(self.row.after, release=self.row.release)["main_adjoint"]
        return relax_form(self.after["main_adjoint"], self.row.release) == relax_form(theirs, self.row.release)

    def value(self, args: list[np.ndarray]) -> float:
        """What is differentiated."""
        if self.row.side == "relay":
            return float(np.sum(relay_compat.interpret.evaluate(self.before, args)))
        return float(relax_core.interpret.evaluate(self.before, args, release=self.row.release))

    def compiled(self, args: list[np.ndarray]) -> list[np.ndarray]:
        """The same from machine code."""
        if self.row.side == "relay":
            return leaves(Machine(relay_compat.lower.lower(infer_types(self.after), "main")).run(args, "main"))
        return leaves(Machine(relax_core.lower.lower(self.after, "main_adjoint")).run(args, "main_adjoint"))

    def results(self, args: list[np.ndarray]) -> list[np.ndarray]:
        """The value and the adjoints."""
        if self.row.side == "relay":
            return leaves(relay_compat.interpret.evaluate(self.after, args))
        return leaves(relax_core.interpret.evaluate(self.after, args, "main_adjoint", release=self.row.release))


FAILED = [row for row in ROWS if row.failed or row.expression in OTHER_VALUES]
REFUSED = [row for row in FAILED if row.release == "0.19" and row.side == "relax" and "dilation" in row.expression]
"""Relax 0.19 has no transposed convolution with dilation."""


@pytest.mark.parametrize("row", [row for row in ROWS if not row.failed], ids=str)
def test_the_form_is_the_recorded_one(row: Row) -> None:
    differs = any(row.expression.startswith(start) for start in ANOTHER_FORM[row.side])
    # Relax 0.19 casts the gradient of every running sum.
    differs = differs or (row.release == "0.19" and row.expression.startswith("R.cumsum("))
    assert Program(row).has_the_recorded_form() != differs


@pytest.mark.parametrize("row", [row for row in ROWS if not row.failed], ids=str)
def test_the_values_are_the_recorded_ones(row: Row) -> None:
    found = Program(row).results(row.inputs)
    for ours, theirs in zip(found, row.outputs, strict=True):
        assert ours.shape == theirs.shape
        assert ours.dtype == theirs.dtype
        if row.expression not in OTHER_VALUES:
            np.testing.assert_allclose(ours, theirs, rtol=1e-6 if ours.dtype == "float32" else 1e-11, atol=1e-12)


OPEN = ("relay.arange", "relay.reshape", "relay.multiply")
"""Rows of open dimensions, for which the backend has no code."""

COMPILED = [row for row in ROWS if (row.side, row.release) != ("relax", "0.19") and not row.expression.startswith(OPEN)]


@pytest.mark.parametrize("row", [row for row in COMPILED if not row.failed], ids=str)
def test_machine_code_gives_the_recorded_values(row: Row) -> None:
    found = Program(row).compiled(row.inputs)
    if row.expression not in OTHER_VALUES:
        for ours, theirs in zip(found, row.outputs, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-6 if ours.dtype == "float32" else 1e-11, atol=1e-12)


@pytest.mark.parametrize("row", [row for row in FAILED if row not in REFUSED], ids=str)
def test_where_tvm_fails_adjoints_are_slopes(row: Row) -> None:
    program, rng = Program(row), np.random.default_rng(zlib.crc32(str(row).encode()))
    _, *adjoints = program.results(row.inputs)
    floats = [n for n, arg in enumerate(row.inputs) if arg.dtype == "float64"]
    along = {n: rng.normal(size=row.inputs[n].shape) for n in floats}
    ahead, back = (
        program.value([arg + by * along[n] if n in along else arg for n, arg in enumerate(row.inputs)])
        for by in (STEP, -STEP)
    )
    # Relay gives every parameter an adjoint, Relax was asked for those of floats.
    places = floats if len(adjoints) == len(row.inputs) else range(len(floats))
    slope = sum(float(np.sum(adjoints[place] * along[n])) for place, n in zip(places, floats, strict=True))
    assert slope == pytest.approx((ahead - back) / (2 * STEP), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("row", REFUSED, ids=str)
def test_what_a_release_cannot_say_is_refused(row: Row) -> None:
    with pytest.raises(DiagnosticError, match="R2R0608"):
        Program(row)


@pytest.mark.parametrize("side", ["relay", "relax"])
def test_every_gradient_that_tvm_registers_is_here_and_recorded(side: str) -> None:
    lines = [line for file in DIRECTORY.parent.glob("operators-*.tsv") for line in file.read_text().splitlines()]
    registered = {line.removesuffix("\tgradient") for line in lines if line.endswith("\tgradient")}
    wanted = {name for name in registered if name.startswith("relax.") == (side == "relax")}
    assert len(wanted) == (52 if side == "relax" else 73)
    cards = registry().by_relay if side == "relay" else registry().by_relax
    assert not {name for name in wanted if not (cards[name].gradient or any(s.gradient for s in cards[name].relax))}
    called = {name for row in ROWS if row.side == side for name in re.findall(r"[\w.]+(?=\()", row.before)}
    spelled = {name.replace("relax.", "R.") for name in wanted}
    assert not spelled - called
