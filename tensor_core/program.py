"""The executable form that both IRs lower to: structured code over registers, whose leaves are tensor programs.

Building one needs no code generator; :mod:`cpu_backend.machine` compiles and runs it, and the numpy machine used in
tests interprets it. Registers hold arrays or tuples; every instruction writes registers that no other one writes.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tensor_core.loops.nodes import PrimFunc
from tensor_core.ops.card import OpCard
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, Type

Register = int


@dataclass(frozen=True, slots=True, eq=False)
class RunKernel:
    """Allocate ``outs`` of the given types, then run a tensor program over ``args`` and ``outs``.

    ``origin`` identifies what the kernel stands for (a call node of the IR), for tracing.
    """

    kernel: PrimFunc
    args: tuple[Register, ...]
    outs: tuple[Register, ...]
    types: tuple[TensorType, ...]
    origin: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class RunReference:
    """Run a card's numpy reference: for ops without a lowering. Reports must say so."""

    card: OpCard[Any]
    params: Any
    args: tuple[Register, ...]
    out: Register
    origin: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class LoadConstant:
    """Write a constant array."""

    out: Register
    value: np.ndarray
    origin: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The same elements under another shape, without copying."""

    out: Register
    source: Register
    shape: Shape
    origin: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class MakeTuple:
    """Collect registers into a tuple."""

    out: Register
    items: tuple[Register, ...]
    origin: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class TakeItem:
    """One field of a tuple."""

    out: Register
    source: Register
    index: int
    origin: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class Choose:
    """Run one of two bodies by a rank-0 bool."""

    out: Register
    condition: Register
    then: Body
    otherwise: Body
    origin: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class Invoke:
    """Call a function of the program."""

    out: Register
    function: str
    args: tuple[Register, ...]
    origin: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class MatchType:
    """Check a value against a type and bind the symbolic variables that are a dimension of it on their own.

    A variable that has a value already must have it here, too. ``name`` is what messages call the value.
    """

    source: Register
    type: Type
    name: str
    origin: Hashable = None


Instruction = RunKernel | RunReference | LoadConstant | View | MakeTuple | TakeItem | Choose | Invoke | MatchType


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Instructions in order and the register that holds the result."""

    code: tuple[Instruction, ...]
    result: Register


@dataclass(frozen=True, slots=True, eq=False)
class ProgramFunction:
    """One function: parameters fill the first registers.

    ``types`` are the parameters' types, or empty when they are not stated. On entry each argument is matched against
    its type as by :class:`MatchType`; symbolic variables bound so are those of ``View.shape`` and ``RunKernel.types``.
    """

    name: str
    params: tuple[str, ...]
    registers: int
    body: Body
    types: tuple[Type, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Functions by name."""

    functions: dict[str, ProgramFunction] = field(default_factory=dict[str, ProgramFunction])
