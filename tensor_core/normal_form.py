"""What a program computes, whatever the order of its instructions and the names in it: a digest for comparisons.

Two programs of equal digests compute the same. A function becomes a graph of terms, each made once: kernels by their
structure, constants by their content, tuples and their fields taken apart, calls of other functions written out. What
is only computed and never used is no part of it. Effects hang in one chain, so that their order counts: each takes the
state that the one before it leaves. Programs that differ otherwise have other digests, which says nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import prod
from typing import Any, cast

import numpy as np

from tensor_core import shapes
from tensor_core.loops.interpret import run as evaluate
from tensor_core.loops.measure import roundings
from tensor_core.loops.nodes import Buffer, PrimFunc
from tensor_core.loops.stages import Stage, is_move, stages, with_move, with_number
from tensor_core.loops.structure import structural_key
from tensor_core.prim import PrimExpr, Var
from tensor_core.program import (
    Apply,
    Body,
    Choose,
    Instruction,
    Invoke,
    LoadConstant,
    MakeClosure,
    MakeTuple,
    MatchType,
    Program,
    ProgramFunction,
    RunCard,
    RunHost,
    RunKernel,
    RunReference,
    TakeItem,
    View,
)
from tensor_core.terms import Graph, Name, Term, Unknown, hashed
from tensor_core.trampoline import Steps, run
from tensor_core.types import Type, leaves

LARGEST = 200_000
"""Instructions that are looked at, those of functions that are written out at their calls included, beyond those that
the program has.
"""

_FOLDED = 4096
"""Elements of a value that depends on nothing: up to here it is computed, and is then a constant as any other."""

_TRUE, _FALSE = np.asarray(True), np.asarray(False)


@dataclass(frozen=True, slots=True)
class NormalForm:
    """``digest`` says what is computed. ``opaque``: the instructions that could not be looked into; programs with any
    equal no other one.
    """

    digest: bytes
    opaque: tuple[str, ...] = ()

    def proves(self, other: NormalForm) -> bool:
        """Whether both programs compute the same."""
        return not self.opaque and not other.opaque and self.digest == other.digest


def normal_form(program: Program, entry: str = "main", given: Mapping[int, Any] | None = None) -> NormalForm:
    """That of a function of a program. ``given``: by position, the arrays of parameters that always have these."""
    forms = _Forms(program)
    digests: list[bytes] = []
    forms.number(entry)
    for name in forms.names:
        graph, roots = forms.graph(name, given or {} if name == entry else {})
        digests.append(graph.digest(roots, forms.number, forms.opaque.append))
    return NormalForm(hashed(*digests), tuple(dict.fromkeys(forms.opaque)))


class _Forms:
    """The functions of a program that are reached: each is numbered when it is first met, from the entry on."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.names: list[str] = []
        self.opaque: list[str] = []
        self.left = LARGEST + sum(len(function.body.code) for function in program.functions.values())
        self._numbers: dict[str, int] = {}
        self._kernels: dict[PrimFunc, bytes] = {}
        self._parts: dict[PrimFunc, list[Stage] | None] = {}

    def number(self, name: str) -> int:
        """The number of a function; a new one will be looked at."""
        if name not in self._numbers:
            self._numbers[name] = len(self.names)
            self.names.append(name)
        return self._numbers[name]

    def kernel(self, kernel: PrimFunc) -> bytes:
        """The structure of a kernel."""
        if kernel not in self._kernels:
            self._kernels[kernel] = structural_key(kernel)
        return self._kernels[kernel]

    def stages(self, kernel: PrimFunc) -> list[Stage] | None:
        """A kernel taken apart; None where it cannot be."""
        if kernel not in self._parts:
            self._parts[kernel] = stages(kernel)
        return self._parts[kernel]

    def graph(self, name: str, given: Mapping[int, Any]) -> tuple[Graph, tuple[Term, ...]]:
        """The terms of a function, and those of its result and of the state that it leaves."""
        function = self.program.functions.get(name)
        if function is None:
            self.opaque.append(f"the function {name}, which is declared only")
            return Graph(), ()
        reader = _Reader(self, function)
        return reader.graph, run(reader.whole(function, given))


class _Reader:
    """Reads one function, and what it calls, into terms."""

    def __init__(self, forms: _Forms, function: ProgramFunction) -> None:
        self._forms = forms
        self.graph = Graph()
        self._dims: dict[Var, int] = {}
        self._arrays: dict[Term, np.ndarray[Any, Any]] = {}
        self._shapes: dict[Term, tuple[int, ...]] = {}
        self._moves: dict[Term, tuple[Stage, Term]] = {}
        self._active = [function.name]
        for type_ in function.types:
            self._bind(type_)

    def whole(self, function: ProgramFunction, given: Mapping[int, Any]) -> Steps[tuple[Term, Term]]:
        """The result and the state after a function whose arguments are unknown, but for those given."""
        make = self.graph.make
        registers: dict[int, Term] = {}
        for place in range(function.captured + len(function.params)):
            is_given = place - function.captured in given
            value = given[place - function.captured] if is_given else None
            registers[place] = self._constant(value) if is_given else make("param", place)
        return (yield self._body(function.body, registers, make("start", None)))

    def _body(self, body: Body, registers: dict[int, Term], state: Term) -> Steps[tuple[Term, Term]]:
        for item in body.code:
            self._forms.left -= 1
            state = yield self._step(item, registers, state)
        return registers[body.result], state

    def _step(self, item: Instruction, registers: dict[int, Term], state: Term) -> Steps[Term]:
        """Adds what an instruction writes; the state after it."""
        match item:
            case Choose():
                return (yield self._choose(item, registers, state))
            case Invoke():
                args = [registers[arg] for arg in item.args]
                registers[item.out], state = yield self._call(item.function, args, state)
                return state
            case Apply():
                return (yield self._apply(item, registers, state))
            case MatchType():
                self._bind(item.type)
                what = self._type(item.type)
                return self.graph.make("match", what, registers[item.source], state)
            case RunHost():
                return self._host(item, registers, state)
            case RunReference() | RunCard() if item.card.effects:
                return self._opaque(item.card.name, item.out, registers, state)
            case RunKernel() if any(place is not None for place in item.into):
                return self._opaque(f"{item.kernel.name}, which writes in place", item.outs[0], registers, state)
            case _:
                self._pure(item, registers)
                return state

    def _pure(self, item: Instruction, registers: dict[int, Term]) -> None:
        make = self.graph.make
        match item:
            case RunKernel():
                self._kernel(item, registers)
            case RunReference():
                what = (item.card.name, type(item.params).__name__, repr(item.params))
                if not _is_told(item.params):
                    what = self._unknown(f"{item.card.name} with parameters that are no plain values")
                registers[item.out] = make("reference", what, *(registers[arg] for arg in item.args))
            case LoadConstant():
                registers[item.out] = self._constant(item.value)
            case View():
                registers[item.out] = self._view(item.shape, registers[item.source])
            case MakeTuple():
                registers[item.out] = make("tuple", None, *(registers[part] for part in item.items))
            case TakeItem():
                registers[item.out] = self._item(registers[item.source], item.index)
            case MakeClosure():
                # A function that calls itself captures itself.
                captured = [registers[part] if part != item.out else make("itself", None) for part in item.captured]
                registers[item.out] = make("closure", Name(item.function), *captured)
            case _:
                assert isinstance(item, RunCard)
                registers[item.out] = make("opaque", self._unknown(f"{item.card.name} of sizes that the run tells"))

    def _kernel(self, item: RunKernel, registers: dict[int, Term]) -> None:
        make = self.graph.make
        # The sizes that a kernel knows by its own variables are those of its arguments, or of the function.
        stages = None if item.scalars else self._forms.stages(item.kernel)
        if stages is not None:
            self._stages(item, stages, registers)
            return
        sizes = tuple(self._dim(var) for var in item.kernel.scalars) if not item.scalars else ()
        what = (self._forms.kernel(item.kernel), tuple(map(self._type, item.types)), sizes, len(item.args))
        operands = [registers[arg] for arg in (*item.args, *item.scalars)]
        term = make("kernel", what, *operands)
        for place, out in enumerate(item.outs):
            registers[out] = make("output", place, term)

    def _stages(self, item: RunKernel, stages: Sequence[Stage], registers: dict[int, Term]) -> None:
        """What the stages of a kernel fill its buffers with."""
        count = len(item.args)
        filled = {buffer: registers[arg] for buffer, arg in zip(item.kernel.params[:count], item.args, strict=True)}
        for stage in stages:
            filled[stage.block.target] = self._stage(stage, filled)
        for buffer, out in zip(item.kernel.params[count:], item.outs, strict=True):
            registers[out] = filled[buffer]

    def _stage(self, stage: Stage, filled: Mapping[Buffer, Term]) -> Term:
        """What a stage gives: what it reads is moved or known, or else an operand."""
        operands = {buffer: filled[buffer] for buffer in stage.reads}
        for buffer, operand in tuple(operands.items()):
            move, array = self._moves.get(operand), self._arrays.get(operand)
            before = stage.reads
            if move is not None:
                stage = with_move(stage, buffer, move[0])
                operands |= {new: move[1] for new in stage.reads if new not in before}
            elif array is not None and array.size == 1:
                stage = with_number(stage, buffer, array.reshape(-1)[0].item())
        block = stage.block
        if not stage.reads and prod(shapes.static(block.target.shape)) <= _FOLDED and not roundings(stage.kernel()):
            return self._constant(evaluate(stage.kernel(), [])[0])
        what = structural_key(stage.kernel())
        term = self.graph.make("stage", what, *(operands[buffer] for buffer in stage.reads))
        self._shapes[term] = shapes.static(block.target.shape)
        if is_move(stage):
            self._moves[term] = stage, operands[stage.reads[0]]
        return term

    def _view(self, shape: Sequence[Any], source: Term) -> Term:
        """Another shape of the same elements, which may be the shape that they had."""
        kind, _, operands = self.graph.terms[source]
        if kind == "view":
            source = operands[0]
        wanted = self._shape(shape)
        if self._shapes.get(source) == wanted:
            return source
        if source in self._arrays and shapes.is_static(shape):
            return self._constant(self._arrays[source].reshape(shapes.static(shape)))
        return self.graph.make("view", wanted, source)

    def _item(self, source: Term, index: int) -> Term:
        kind, _, operands = self.graph.terms[source]
        return operands[index] if kind == "tuple" else self.graph.make("item", index, source)

    def _choose(self, item: Choose, registers: dict[int, Term], state: Term) -> Steps[Term]:
        condition, make = registers[item.condition], self.graph.make
        for value, arm in ((_TRUE, item.then), (_FALSE, item.otherwise)):
            if condition == self._constant(value):
                registers[item.out], state = yield self._body(arm, registers, state)
                return state
        first, first_state = yield self._body(item.then, registers, state)
        second, second_state = yield self._body(item.otherwise, registers, state)
        registers[item.out] = make("if", None, condition, first, second) if first != second else first
        if first_state == second_state:
            return first_state
        return make("if", None, condition, first_state, second_state)

    def _apply(self, item: Apply, registers: dict[int, Term], state: Term) -> Steps[Term]:
        callee, args = registers[item.callee], [registers[arg] for arg in item.args]
        kind, what, captured = self.graph.terms[callee]
        while kind == "host" and what == "closure.bind":
            # The arguments that were bound first are the last ones.
            args += captured[1:]
            callee = captured[0]
            kind, what, captured = self.graph.terms[callee]
        if kind == "closure" and isinstance(what, Name):
            itself = self.graph.known.get(("itself", None, ()))
            captured = tuple(callee if part == itself else part for part in captured)
            registers[item.out], state = yield self._call(what.name, [*captured, *args], state, len(captured))
            return state
        term = self.graph.make("apply", None, state, callee, *args)
        registers[item.out] = self.graph.make("output", 0, term)
        return term

    def _call(self, name: str, args: Sequence[Term], state: Term, captured: int = 0) -> Steps[tuple[Term, Term]]:
        """A call is what the function says, written out; one of a function under way, or of one whose sizes are its
        own, stays a call, which may have effects or never end.
        """
        function = self._forms.program.functions.get(name)
        fits = function is not None and function.captured == captured and len(args) == captured + len(function.params)
        if function is None or not fits or name in self._active or self._forms.left < 0 or _has_sizes(function):
            term = self.graph.make("call", Name(name), state, *args)
            return self.graph.make("output", 0, term), term
        self._active.append(name)
        found = yield self._body(function.body, dict(enumerate(args)), state)
        self._active.pop()
        return found

    def _host(self, item: RunHost, registers: dict[int, Term], state: Term) -> Term:
        if item.key is None:
            return self._opaque(item.name, item.out, registers, state)
        make = self.graph.make
        stated = [self._constant(value) for value in item.key[1:]]
        operands = [*stated, *(registers[arg] for arg in item.args)]
        if item.pure:
            registers[item.out] = make("host", item.key[0], *operands)
            return state
        term = make("effect", item.key[0], state, *operands)
        registers[item.out] = make("output", 0, term)
        return term

    def _opaque(self, what: str, out: int, registers: dict[int, Term], state: Term) -> Term:
        self._forms.opaque.append(what)
        registers[out] = self.graph.make("opaque", self._unknown(what))
        return state

    def _constant(self, value: Any) -> Term:
        if isinstance(value, np.ndarray):
            array = cast("np.ndarray[Any, Any]", value)
            what = (array.dtype.str, str(array.dtype), array.shape, hashed(array.tobytes()))
            term = self.graph.make("array", what)
            self._arrays[term], self._shapes[term] = array, array.shape
            return term
        if isinstance(value, bool | int | float | str):
            return self.graph.make("value", (type(value).__name__, repr(value)))
        if isinstance(value, tuple):
            items = cast("tuple[Any, ...]", value)
            return self.graph.make("tuple", None, *[self._constant(item) for item in items])
        if isinstance(value, PrimExpr):
            return self.graph.make("size", self._dim(value))
        if isinstance(value, PrimFunc):
            return self.graph.make("program", self._forms.kernel(value))
        return self.graph.make("opaque", self._unknown(f"a constant that is a {type(value).__name__}"))

    def _unknown(self, what: str) -> Unknown:
        return Unknown(what, len(self.graph.terms))

    # ------------------------------------------------------------ sizes

    def _bind(self, type_: Type) -> None:
        for leaf in leaves(type_):
            for dim in getattr(leaf, "shape", None) or ():
                for var in shapes.free_vars(dim) if isinstance(dim, PrimExpr) else ():
                    self._dims.setdefault(var, len(self._dims))

    def _dim(self, dim: Any) -> Hashable:
        """A size; variables are told apart by the order in which they are bound."""
        if isinstance(dim, int):
            return int(dim)
        for var in shapes.free_vars(dim):
            self._dims.setdefault(var, len(self._dims))
        names = {var: _numbered(self._dims[var], var.dtype) for var in shapes.free_vars(dim)}
        return shapes.to_text(shapes.substitute(dim, cast("dict[Var, shapes.Dim]", names)))

    def _shape(self, shape: Sequence[Any]) -> Hashable:
        return tuple(map(self._dim, shape))

    def _type(self, type_: Type) -> Hashable:
        return (type(type_).__name__, str(len(list(leaves(type_)))), *map(self._leaf, leaves(type_)))

    def _leaf(self, type_: Type) -> Hashable:
        shape = getattr(type_, "shape", None)
        return (type(type_).__name__, getattr(type_, "dtype", ""), None if shape is None else self._shape(shape))


_NUMBERED: dict[tuple[int, str], Var] = {}


def _numbered(number: int, dtype: str) -> Var:
    return _NUMBERED.setdefault((number, dtype), Var(f"n{number}", dtype))


def _is_told(params: Any) -> bool:
    """Whether the text of parameters tells them from all others."""
    stack: list[Any] = [getattr(params, item.name) for item in fields(params)]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple | list):
            stack += cast("Sequence[Any]", item)
        elif not isinstance(item, bool | int | float | str | None):
            return False
    return True


def _has_sizes(function: ProgramFunction) -> bool:
    return any(
        not isinstance(dim, int)
        for type_ in function.types
        for leaf in leaves(type_)
        for dim in getattr(leaf, "shape", None) or ()
    )
