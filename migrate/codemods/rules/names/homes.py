"""Names that the target has, but not where the file looks for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from migrate.codemods.api import Api, api
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Example, Move, Planned, Rule
from migrate.codemods.target import Target

_HOMES = (
    ("tvm.tir", "tvm.tirx"),
    ("tvm.tir", "tvm.s_tir"),
    ("tvm.tir", "tvm.ir"),
    ("tvm.arith", "tvm.sym"),
    ("tvm.meta_schedule", "tvm.s_tir.meta_schedule"),
    ("tvm.dlight", "tvm.s_tir.dlight"),
    ("tvm.contrib.utils", "tvm.support.utils"),
    ("tvm.contrib.util", "tvm.contrib.utils"),
    ("tvm.contrib.util", "tvm.support.utils"),
    ("tvm.contrib", "tvm.support"),
    ("tvm._ffi", "tvm.ffi"),
    ("tvm._ffi", "tvm_ffi"),
    ("tvm._ffi.base", "tvm.base"),
    ("tvm.ir.container", "tvm_ffi"),
    ("tvm.container", "tvm_ffi"),
    ("tvm.runtime.container", "tvm_ffi"),
    ("tvm.runtime", "tvm_ffi"),
    ("tvm.ir", "tvm_ffi"),
    ("tvm.nd", "tvm"),
    ("tvm.ndarray", "tvm"),
    ("tvm.module", "tvm.runtime"),
)
"""Packages that names left, and where they went: the first that holds a name has it."""
_SCRIPT, _SCRIPTX = "tvm.script.tir", "tvm.script.tirx"
"""A module whose names stay as they are; they are made when they are asked for, and so recorded nowhere."""


class Homes(Rule):
    """See the module text."""

    general: ClassVar[bool] = True
    id: ClassVar[str] = "relay.names.homes"
    title: ClassVar[str] = "names whose module moved: tvm.tir becomes tvm.tirx, relay.Span becomes tvm.ir.Span"
    explanation: ClassVar[str] = (
        "What the target has under another module is taken from there: the tensor-level IR is tvm.tirx since TVM 0.24"
        " (schedules: tvm.s_tir), arithmetic is tvm.sym since 0.27, containers are tvm_ffi's. So is what"
        " Relay's modules only handed on, such as relay.Span."
    )
    facts: ClassVar[str] = "the modules of TVM 0.19, 0.21, 0.25, 0.26 and 0.27, recorded by tests/corpus/record_api.py"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm
from tvm import tir


def number(value):
    if isinstance(value, tir.IntImm):
        return int(value)
    return tvm.tir.Var("n", "int32") if value is None else tir.Var(value, "int32")
""",
            """import tvm
from tvm import tirx


def number(value):
    if isinstance(value, tirx.IntImm):
        return int(value)
    return tvm.tirx.Var("n", "int32") if value is None else tirx.Var(value, "int32")
""",
        ),
        Example(
            """from tvm.tir import PrimFunc
from tvm.relay import Span


def spans(func: PrimFunc) -> Span:
    return func.span
""",
            """from tvm.tirx import PrimFunc
from tvm.ir import Span


def spans(func: PrimFunc) -> Span:
    return func.span
""",
        ),
        Example(
            """from tvm.contrib import utils

folder = utils.tempdir()
""",
            """from tvm.support import utils

folder = utils.tempdir()
""",
        ),
        Example(
            """from tvm.contrib.nvcc import have_fp16

half = have_fp16("8.0")
""",
            """from tvm.support.nvcc import have_fp16

half = have_fp16("8.0")
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "import tvm\n\nx = tvm.te.placeholder((1,), 'float32')\n",
        "from tvm import tirx\n\nx = tirx.Var('x', 'int32')\n",
        "import tir\n\nx = tir.Var('x', 'int32')  # tvm.tir.Var\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "tvm" in text or "relay" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        there = api(target.release)
        for name, uses in file.uses.items():
            if name.partition(".")[0] != "tvm":
                continue
            for use in uses:
                # A module's shortest name may be a private one, by which nothing can be imported from it.
                written = next(iter(use.meanings)) if "._" in name and len(use.meanings) == 1 else name
                home = _home(written, there)
                if home is not None and not all(there.known(meaning) for meaning in use.meanings):
                    yield Move(self.id, use, home)


def _home(name: str, there: Api) -> str | None:
    """Where the target has a name; None where it has not. The spelling that stays closest to the old one is taken."""
    if there.known(name) is not None:
        return name
    if f"{name}.".startswith(f"{_SCRIPT}.") and there.known(_SCRIPTX) is not None and there.known(_SCRIPT) is None:
        return _SCRIPTX + name.removeprefix(_SCRIPT)
    for old, new in _HOMES:
        if name.startswith(f"{old}."):
            moved = new + name.removeprefix(old)
            if there.known(moved) is not None:
                return moved
    return None


RULE = Homes()
