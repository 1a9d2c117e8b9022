"""What breaks one rule of Relay's types: a binding of something wrong around the body of ``main``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from migrate.verify.generate.breaker import Breaker
from relay_compat.ir.adt import Clause, Constructor, Match, PatternConstructor, PatternVar
from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    GlobalVar,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.ir.types import GlobalTypeVar, TypeData
from relay_compat.op.call import call
from tensor_core import codes
from tensor_core.module import IRModule
from tensor_core.types import TensorType

_WHOLE = Constant(np.asarray([1, 2], "int32"))
_REAL = Constant(np.asarray([1, 2], "float32"))
_TRUE = Constant(np.asarray(True))


def _bound(value: Callable[[], Expr], annotation: Any = None) -> Callable[[Any], IRModule]:
    """``let unused = value`` in front of the body."""

    def broken(module: Any) -> IRModule:
        main = module["main"]
        result = module.copy()
        body = Let(Var("unused", annotation), value(), main.body)
        result.functions[module.get_global_var("main")] = Function(
            main.params, body, None, main.type_params, main.attrs
        )
        return result

    return broken


def _with_box(value: Callable[[Constructor], Expr]) -> Callable[[Any], IRModule]:
    """The same, with a data type of one constructor that holds two real numbers."""

    def broken(module: Any) -> IRModule:
        name = GlobalTypeVar("Held")
        box = Constructor("Held", (TensorType((2,), "float32"),), name, 0)
        result = _bound(lambda: value(box))(module)
        result.type_definitions[name] = TypeData(name, (), (box,))
        return result

    return broken


def _unpacked(box: Constructor) -> Expr:
    pattern = PatternConstructor(box, (PatternVar(Var("one", None)), PatternVar(Var("two", None))))
    return Match(Call(box, (_REAL,)), (Clause(pattern, _REAL),))


def _function() -> Function:
    param = Var("given", TensorType((2,), "float32"))
    return Function((param,), param)


def _too_little() -> Call:
    return Call(call("add", _REAL, _REAL).op, (_REAL,))


def _untyped() -> Function:
    param = Var("given", None)
    return Function((param,), param)


BREAKERS: tuple[Breaker, ...] = (
    Breaker("an operator with one operand too few", codes.ARITY, "", _bound(_too_little)),
    Breaker("an operator that is not there", codes.UNKNOWN_OP, "gone", _bound(lambda: Call(Op("gone"), (_REAL,)))),
    Breaker("an axis that is not there", codes.BAD_PARAMETER, "", _bound(lambda: call("squeeze", _REAL, axis=(7,)))),
    Breaker("an operator as a value", codes.ILL_FORMED, "is used as a value", _bound(lambda: _too_little().op)),
    Breaker("a match without an arm", codes.ILL_FORMED, "", _with_box(lambda box: Match(Call(box, (_REAL,)), ()))),
    Breaker("a function of anything", codes.UNRESOLVED_TYPE, "", _bound(_untyped)),
    Breaker("operands of two types", codes.TYPE_MISMATCH, "", _bound(lambda: call("add", _REAL, _WHOLE))),
    Breaker("a variable that nothing binds", codes.UNDEFINED_NAME, "nowhere", _bound(lambda: Var("nowhere", None))),
    Breaker("a function that is not there", codes.UNDEFINED_NAME, "gone", _bound(lambda: Call(GlobalVar("gone"), ()))),
    Breaker("a choice by numbers", codes.TYPE_MISMATCH, "", _bound(lambda: If(_REAL, _REAL, _REAL))),
    Breaker("arms of two types", codes.TYPE_MISMATCH, "", _bound(lambda: If(_TRUE, _REAL, _WHOLE))),
    Breaker("a field that is not there", codes.TYPE_MISMATCH, "", _bound(lambda: TupleGetItem(Tuple((_REAL,)), 3))),
    Breaker("a field of a tensor", codes.TYPE_MISMATCH, "", _bound(lambda: TupleGetItem(_REAL, 0))),
    Breaker("a read of a tensor", codes.TYPE_MISMATCH, "", _bound(lambda: RefRead(_REAL))),
    Breaker("a write of another type", codes.TYPE_MISMATCH, "", _bound(lambda: RefWrite(RefCreate(_REAL), _WHOLE))),
    Breaker(
        "a value of another type than its variable", codes.TYPE_MISMATCH, "",
        _bound(lambda: _REAL, TensorType((7,), "float32")),
    ),
    Breaker("a call of a tensor", codes.TYPE_MISMATCH, "", _bound(lambda: Call(_REAL, (_REAL,)))),
    Breaker("a call of a function with too much", codes.ARITY, "", _bound(lambda: Call(_function(), (_REAL, _REAL)))),
    Breaker("a call with another type", codes.TYPE_MISMATCH, "", _bound(lambda: Call(_function(), (_WHOLE,)))),
    Breaker("a shape of another size", codes.TYPE_MISMATCH, "", _bound(lambda: call("reshape", _REAL, newshape=(5,)))),
    Breaker("a constructor with too much", codes.ARITY, "", _with_box(lambda box: Call(box, (_REAL, _REAL)))),
    Breaker("a constructor with another type", codes.TYPE_MISMATCH, "", _with_box(lambda box: Call(box, (_WHOLE,)))),
    Breaker("a pattern with too much", codes.ARITY, "", _with_box(_unpacked)),
)  # fmt: skip
