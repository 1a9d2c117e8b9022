"""For the tests of a fork: an assertion that two programs compute the same, and programs and arguments to try it on.

Public under :mod:`relay2relax.testing`; pytest has the assertion as a fixture.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

from hypothesis import strategies as st
from rich.console import Console

from migrate.execution import Args
from migrate.reading import arrays_beside, load
from migrate.report.rich_forms import form
from migrate.values import Value
from migrate.verify.check import verify
from migrate.verify.condition import largest_bound as within
from migrate.verify.inputs import complete_inputs
from migrate.verify.verdict import Verdict
from tensor_core.module import IRModule

Program = IRModule | str | os.PathLike[str]
"""A module, or what :func:`migrate.load` reads: a file's path, or text."""

_WIDTH = 100


def assert_equivalent(
    relay: Program,
    relax: Program | None = None,
    inputs: Args | None = None,
    *,
    seed: int = 0,
    entry: str = "main",
    largest_bound: float | None = None,
    prove: bool = True,
) -> Verdict:
    """Assert that ``entry`` of two programs computes the same; by default that a Relay program's conversion does.

    Either side, ``relay`` and ``relax``, may be of either language: a module, a path or text. The arrays
    ``OUT.params.npz`` beside a script are read, too. ``inputs``: numpy arrays by parameter name, or in order; missing
    ones are drawn from ``seed``.
    ``largest_bound``: the rounding bound, as a share of an output's scale (no unit, at most 1e-3), above which nothing
    is decided. With ``prove`` two programs that lower to the same one are not run.

    Gives the verdict. Raises AssertionError, which says what :class:`Verdict` shows (the first wrong op, its place, the
    worst element, the seed), when they differ or nothing can be decided; DiagnosticError when a side cannot be read
    (R2R01xx to R2R03xx), compared (R2R0503) or run (R2R06xx).

    Source: what counts as equal is that of :func:`verify`.
    """
    __tracebackhide__ = True
    left = _module(relay)
    right = None if relax is None else _module(relax)
    with within(largest_bound):
        verdict = verify(left, right, inputs, seed, entry, prove=prove)
    if not verdict:
        raise AssertionError(_told(verdict))
    return verdict


@st.composite
def arguments(draw: st.DrawFn, module: IRModule, entry: str = "main") -> list[Value]:
    """A hypothesis strategy: arguments of ``entry`` of a ``module``, in order, of the types that its parameters have.

    Tensors are numpy arrays inside the domains of the operators that they reach, tuples are tuples of them. Open
    dimensions are drawn, too, the same one alike everywhere. Raises DiagnosticError (R2R0503) for a parameter of which
    none can be drawn, such as a function.

    Source: the domains are those of the op cards, which say outside of what TVM's results are of no use.
    """
    parameters = getattr(module[entry], "params", ())
    seed = draw(st.integers(0, 2**32 - 1))
    return complete_inputs(module, [None] * len(parameters), entry, seed)


def _module(program: Program) -> IRModule:
    if isinstance(program, IRModule):
        return program
    path = Path(program) if not isinstance(program, str) or "\n" not in program else None
    return load(program, arrays_beside(path) if path is not None and path.suffix == ".py" else None)


def _told(verdict: Verdict) -> str:
    """What an assertion says: what the verdict shows, and the arguments."""
    console = Console(width=_WIDTH, file=io.StringIO(), highlight=False, color_system=None)
    with console.capture() as shown:
        console.print(form(verdict))
    text = shown.get().rstrip()
    given = ", ".join(f"{name} {value.dtype}{list(value.shape)}" for name, value in verdict.inputs.items())
    return f"{text}\narguments: {given}" if given else text
