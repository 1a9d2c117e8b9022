"""One op call said in Relax: in one call of the target release, expanded into several, or as a tensor program.

The order is the card's: its Relax spelling when that says exactly the same, else the library function that it names,
else what :mod:`migrate.adapters.compositions` knows of Relax, else the card's expansion, else its lowering.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

import numpy as np

import relax_core.ir.expr as relax
from migrate.adapters.compositions import COMPOSITIONS
from migrate.adapters.miscomputed import MISCOMPUTED
from migrate.adapters.qdq import COMPUTED, QDQ
from migrate.adapters.writer import Writer
from migrate.forward.options import DPS, QDQ_FORM, Options
from migrate.kernel_marks import marked
from migrate.report.model import Outcome
from relax_core.fragment import unpacked
from relax_core.names import NameTable
from relax_core.normalizer import Normalizer
from relax_core.ops import as_scalar, make_call
from relax_core.text.literals import INLINE_ELEMENTS
from relax_core.types.leaves import type_of
from relax_core.types.plain import of_card, plain
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.loops.from_card import lower_card
from tensor_core.loops.nodes import PrimFunc
from tensor_core.loops.own_symbols import OwnSymbols
from tensor_core.module import GlobalVar, IRModule
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.rules import meaning_of
from tensor_core.ops.spelling import library_scalars
from tensor_core.prim import Var
from tensor_core.tir.from_loops import from_loops
from tensor_core.tir.function import PrimFunc as TensorProgram
from tensor_core.types import TupleType, Type

Card = OpCard[Any]

_KERNEL = "relax.call_tir"
_PREFERRED = "functions of libraries are preferred"
_AT_MOST_WITHIN = 3
"""How often a card may be said within compositions of itself: its operands in another form, then parameters."""
Mark = Callable[[TensorProgram], TensorProgram]


class Kernels:
    """The tensor programs of one module: equal calls share one."""

    def __init__(self, module: IRModule, names: NameTable) -> None:
        self._module = module
        self._names = names
        self._made: dict[object, GlobalVar] = {}
        self._scalars: dict[GlobalVar, tuple[Var, ...]] = {}

    def get(self, card: Card, params: Any, types: Sequence[Type]) -> GlobalVar:
        """The global name of the card's lowering for these types, added to the module when it is new."""
        key = (card.name, repr(params), tuple(types))
        if key not in self._made:
            symbols = OwnSymbols()
            own, given = symbols.params(params), symbols.types(types)
            kernel = lower_card(card, own, given)
            with meaning_of(card, types):
                self._made[key] = self.add(kernel, symbols.outer, lambda program: marked(program, card, own, given))
        return self._made[key]

    def add(self, kernel: PrimFunc, outer: Mapping[Var, Var] | None = None, mark: Mark | None = None) -> GlobalVar:
        """A kernel under a name of its own; ``outer``: what its symbols stand for where it is called, ``mark``: puts on
        the program what it computes.
        """
        name = self._names.unique(kernel.name)
        var = GlobalVar(name)
        made = from_loops(kernel if name == kernel.name else kernel.replace(name=name))
        self._module[var] = made = made if mark is None else mark(made)
        var.memo("checked", type_of(made))
        self._scalars[var] = tuple((outer or {}).get(item, item) for item in kernel.scalars)
        return var

    def scalars(self, kernel: GlobalVar) -> list[relax.Expr]:
        """The sizes that a kernel takes after its arrays: those that no array determines."""
        return [relax.PrimValue(var) for var in self._scalars[kernel]]


class Speaker:
    """Says card calls in one target release; nested parts are bound through the emitter, the last one is returned
    unbound. ``arrays``: what parameters hold that stand for large constants.
    """

    def __init__(
        self,
        emitter: Normalizer,
        kernels: Kernels,
        options: Options,
        arrays: Mapping[relax.Var, np.ndarray[Any, Any]] = MappingProxyType({}),
    ) -> None:
        self.emitter = emitter
        self._arrays = arrays
        self.folded: set[relax.Var] = set()
        """Parameters that stand for large constants, and whose arrays were asked for."""
        self._kernels = kernels
        self._options = options
        self._target = options.target
        self.said: list[str] = []
        """Names of the Relax ops used since it was last cleared."""
        self.lossy = ""
        """What the last call said computes differently, beyond rounding; set with quantized operators in floats."""
        self._within: list[str] = []
        self._why = ""
        """Why the last tensor program had to be one."""

    def say(
        self, card: Card, params: Any, args: Sequence[relax.Expr], type_: Type | None = None
    ) -> tuple[relax.Expr, Outcome, str]:
        """The expression, how it was said, and why not in one call. ``type_``: the result type where known (call_tir
        needs it).

        R2R0401 when the card offers no way.
        """
        asked = card.name in self._options.expand and card.expand is not None
        if card.library is not None and self._options.prefer == DPS:
            try:
                return self._library(card, card.library.function, params, args, type_), Outcome.LIBRARY, _PREFERRED
            except Reject:
                # The function does not take all of these parameters.
                pass
        call = "expanded on request" if asked else self._one_call(card, params, args)
        if not isinstance(call, str):
            assert isinstance(call, relax.Call)
            assert isinstance(call.op, relax.Op)
            self.said.append(call.op.name)
            return call, Outcome.DIRECT, ""
        if card.library is not None:
            return self._library(card, card.library.function, params, args, type_), Outcome.LIBRARY, call
        reason, last = call, cast("Reject | None", None)
        for compose in self._compositions(card, asked):
            before = len(self.said)
            self._within.append(card.name)
            try:
                return self._composed(card, compose, params, args, reason)
            except Reject as rejection:
                # No composition says these parameters; the card's own word is the last one.
                del self.said[before:]
                last = rejection if compose is card.expand or last is None else last
                reason = f"{call}; {rejection.message}"
            finally:
                self._within.pop()
        if card.lower is not None:
            self._why = reason
            return self._call_tir(card, params, args, type_), Outcome.CALL_TIR, reason
        if last is not None:
            raise last
        raise fail(
            codes.REFUSED_OP, f"{card.name}: {call}, and {card.refused or 'it has neither an expansion nor a lowering'}"
        )

    def _one_call(self, card: Card, params: Any, args: Sequence[relax.Expr]) -> relax.Expr | str:
        """The card's operator of the target, or why it does not say this call."""
        if card.name in MISCOMPUTED:
            return MISCOMPUTED[card.name]
        call = make_call(card, params, args, self._target)
        if isinstance(call, str):
            return call
        try:
            return self.emitter.normal(call)
        except DiagnosticError as error:
            # The target types the operator's arguments more narrowly than the card does.
            if error.diagnostics[0].code is not codes.TYPE_MISMATCH or (card.expand is None and card.lower is None):
                raise
            return error.diagnostics[0].message

    def _compositions(self, card: Card, asked: bool) -> Iterator[Callable[..., Any]]:
        """What writes the call as others: functions of parameters, a fragment and the arguments."""
        if self._within.count(card.name) >= _AT_MOST_WITHIN:
            # Its forms lead to each other, and the target has none of them.
            return
        in_floats = self._in_floats(card)
        if in_floats is not None and self._options.qnn == QDQ_FORM:
            yield in_floats
        composition = None if asked else COMPOSITIONS.get(card.name)
        if composition is not None:
            yield composition
        if card.expand is not None:
            yield card.expand
        if in_floats is not None and self._options.qnn != QDQ_FORM:
            yield in_floats

    def _in_floats(self, card: Card) -> Callable[..., Any] | None:
        """A quantized operator in floats, which is noted; also where the integers cannot be computed."""
        if card.name not in QDQ:
            return None
        compose, bound = QDQ[card.name]

        def noted(*args: Any) -> Any:
            value = compose(*args)
            self.lossy = bound if self._options.qnn == QDQ_FORM else COMPUTED + bound
            return value

        return noted

    def _composed(
        self, card: Card, compose: Callable[..., Any], params: Any, args: Sequence[relax.Expr], reason: str
    ) -> tuple[relax.Expr, Outcome, str]:
        before = len(self.said)
        writer = Writer(self.emitter, self.part, self.said, self._target, self._held)
        with meaning_of(card, [_type(arg) for arg in args]):
            value = compose(params, writer, *map(unpacked, args))
        value = relax.Tuple(cast("tuple[relax.Expr, ...]", value)) if isinstance(value, tuple) else value
        said = self.said[before:]
        # What matters is what is printed: an expansion into a single call is that call.
        if _KERNEL in said:
            return self.emitter.normal(value), Outcome.CALL_TIR, self._why
        if len(said) == 1:
            return self.emitter.normal(value), Outcome.DIRECT, ""
        own = card.relax_for(self._target)
        adapted = own is not None and said.count(own.name) == 1
        return self.emitter.normal(value), Outcome.ADAPTED if adapted else Outcome.EXPANDED, reason

    def _held(self, var: relax.Var) -> np.ndarray[Any, Any] | None:
        """The array of a large constant, if text could hold what is computed of it."""
        array = self._arrays.get(var)
        if array is None or array.size > INLINE_ELEMENTS:
            return None
        self.folded.add(var)
        return array

    def part(self, card: Card, params: Any, args: Sequence[relax.Expr]) -> relax.Expr:
        """The expression of a call that is a part of another."""
        return self.say(card, params, args)[0]

    def _library(
        self, card: Card, function: str, params: Any, args: Sequence[relax.Expr], type_: Type | None
    ) -> relax.Expr:
        result = type_ or of_card(card.infer(params, *map(_type, args)))
        given = relax.Tuple((*_leaves(args), *map(as_scalar, library_scalars(card, params))))
        callee = relax.ExternFunc(function)
        self.said.append(f"call_dps_packed {function}")
        return self.emitter.normal(relax.Call(relax.op("relax.call_dps_packed"), (callee, given), ty_args=(result,)))

    def _call_tir(self, card: Card, params: Any, args: Sequence[relax.Expr], type_: Type | None) -> relax.Expr:
        types = [_type(arg) for arg in args]
        result = type_ or of_card(card.infer(params, *types))
        kernel = self._kernels.get(card, params, types)
        # A call with one result has it by itself, not in a tuple.
        single = isinstance(result, TupleType) and len(result.fields) == 1
        given = result.fields[0] if isinstance(result, TupleType) and single else result
        operands = relax.Tuple((*_leaves(args), *self._kernels.scalars(kernel)))
        call = relax.Call(relax.op("relax.call_tir"), (kernel, operands), ty_args=(given,))
        self.said.append(_KERNEL)
        return self.emitter.normal(relax.Tuple((self.emitter.normal(call),)) if single else call)


def _leaves(args: Sequence[relax.Expr]) -> list[relax.Expr]:
    return [field for arg in args for field in (arg.fields if isinstance(arg, relax.Tuple) else (arg,))]


def _type(value: relax.Expr) -> Type:
    type_ = type_of(value)
    if type_ is None:
        raise fail(codes.UNRESOLVED_TYPE, f"{value!r} has no type")
    return plain(type_)
