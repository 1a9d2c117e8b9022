"""The executable form that both IRs lower to: structured code over registers, whose leaves are tensor programs.

Building one needs no code generator; :mod:`cpu_backend.machine` compiles and runs it, and the numpy machine used in
tests interprets it. Registers hold arrays or tuples; every instruction writes registers that no other one writes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tensor_core.loops.nodes import PrimFunc
from tensor_core.ops.card import OpCard
from tensor_core.prim import Var
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, Type

Register = int
Sizes = dict[Var, int]
"""The values of symbolic variables."""

Match = Callable[[Sequence[tuple[str, Any, Type]], Sizes], None]
"""Checks named values against types, and adds what their variables are to the sizes."""


class FunctionValue:
    """Base of the values that are functions."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, eq=False)
class Closure(FunctionValue):
    """A function of the program with the values and sizes that it captured, and its last arguments if given already."""

    function: str
    captured: list[Any]
    sizes: Sizes
    given: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """What Python code that a program runs sees of the machine.

    ``sizes`` are those of the function that is running; ``apply`` runs a function of the program, by name, or a
    function value.
    """

    sizes: Sizes
    apply: Callable[[Any, Sequence[Any]], Any]


@dataclass(frozen=True, slots=True, eq=False)
class RunKernel:
    """Allocate ``outs`` of the given types, then run a tensor program over ``args`` and ``outs``.

    ``scalars`` hold the values of the kernel's scalars; without them they are the sizes of those names. ``into`` names
    for each output a register whose array is written in the place of a new one, or None; it may be left out.
    ``origin`` identifies what the kernel stands for (a call node of the IR), for tracing.
    """

    kernel: PrimFunc
    args: tuple[Register, ...]
    outs: tuple[Register, ...]
    types: tuple[TensorType, ...]
    origin: Hashable = None
    scalars: tuple[Register, ...] = ()
    into: tuple[Register | None, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class RunReference:
    """Run a card's numpy reference: for ops without a lowering. Reports must say so."""

    card: OpCard[Any]
    params: Any
    args: tuple[Register, ...]
    out: Register
    origin: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class RunCard:
    """Run an op on arguments whose types only the run tells; a kernel is made for the types that come.

    ``params`` gives the card's parameters for argument types, or raises DiagnosticError.
    """

    card: OpCard[Any]
    params: Callable[[tuple[Type, ...]], Any]
    args: tuple[Register, ...]
    out: Register
    origin: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class LoadConstant:
    """Write a constant: an array, or a value that is not data (a number, a string)."""

    out: Register
    value: Any
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

    A variable that has a value already must have it here, too. ``name`` is what messages call the value. Without
    ``match`` only tensors and tuples are checked.
    """

    source: Register
    type: Type
    name: str
    origin: Hashable = None
    match: Match | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RunHost:
    """Run Python code: ``out = function(values of args, machine)``. ``name`` says what it is, for listings.

    ``is_reference``: it evaluates the operator of that name by its numpy reference. ``key``: what it computes, and what
    it is given before ``args``: code of equal keys does the same; None when that is not known. ``pure``: it has no
    effect and depends on nothing else.
    """

    name: str
    function: Callable[[tuple[Any, ...], Host], Any]
    args: tuple[Register, ...]
    out: Register
    origin: Hashable = None
    is_reference: bool = False
    key: tuple[Any, ...] | None = None
    pure: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class MakeClosure:
    """A function value. ``captured`` fill the function's first registers; ``out`` among them is the value itself."""

    out: Register
    function: str
    captured: tuple[Register, ...] = ()
    origin: Hashable = None


@dataclass(frozen=True, slots=True, eq=False)
class Apply:
    """Call a function value: a :class:`Closure`, or Python code of the host."""

    out: Register
    callee: Register
    args: tuple[Register, ...]
    origin: Hashable = None


Instruction = (
    RunKernel | RunReference | RunCard | LoadConstant | View | MakeTuple | TakeItem | Choose | Invoke | MatchType
    | RunHost | MakeClosure | Apply
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Instructions in order and the register that holds the result."""

    code: tuple[Instruction, ...]
    result: Register


@dataclass(frozen=True, slots=True, eq=False)
class ProgramFunction:
    """One function: what it captures fills the first registers, then come the parameters.

    ``types`` are the parameters' types, or empty when they are not stated. On entry each argument is matched against
    its type as by :class:`MatchType`; symbolic variables bound so are those of ``View.shape`` and ``RunKernel.types``.
    With ``match``, which then does this, there are no other variables: kernels bind none, and their own are never
    taken for the function's.
    """

    name: str
    params: tuple[str, ...]
    registers: int
    body: Body
    types: tuple[Type, ...] = ()
    captured: int = 0
    match: Match | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Functions by name."""

    functions: dict[str, ProgramFunction] = field(default_factory=dict[str, ProgramFunction])
