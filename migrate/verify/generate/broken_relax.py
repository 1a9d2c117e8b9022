"""What breaks one structural rule of Relax: a block or result that is wrong at the end of ``main``, or a signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migrate.verify.generate.breaker import Breaker
from relax_core.data_functions import REF_NEW
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    Expr,
    ExternFunc,
    Function,
    GlobalVar,
    If,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
    op,
)
from relax_core.ir.types import ObjectType, ShapeType, TensorType, TupleType, Type
from relax_core.types.deduce import type_of
from tensor_core import codes
from tensor_core.module import IRModule
from tensor_core.prim import Var as SymbolicVar

Values = Callable[[Var], list[Binding]]
"""Bindings that are wrong, given a parameter of ``main``."""

_OTHER = TensorType((9, 9, 9), "int8")


def _main(module: Any, **changes: Any) -> IRModule:
    result = module.copy()
    var = module.get_global_var("main")
    result.functions[var] = module["main"].replace(**changes)
    return result


def _ending(bindings: Values, block: type[BindingBlock] = BindingBlock) -> Callable[[Any], IRModule]:
    """One more block at the end."""

    def broken(module: Any) -> IRModule:
        main = module["main"]
        body = main.body.replace(blocks=(*main.body.blocks, block(tuple(bindings(main.params[0])))))
        return _main(module, body=body)

    return broken


def _bound(value: Callable[[Var], Expr], type_: Type | None = None) -> Callable[[Any], IRModule]:
    """One more variable, of the type of its value unless one is given."""

    def bindings(given: Var) -> list[Binding]:
        made = value(given)
        return [VarBinding(Var("unused", type_ or type_of(made)), made)]

    return _ending(bindings)


def _typed(expr: Any, type_: Type | None) -> Any:
    if type_ is not None:
        expr.memo("ty", type_)
    return expr


def _relu(given: Expr, type_: Type | None) -> Call:
    return _typed(Call(op("relax.nn.relu"), (given,)), type_)


def _pair(given: Var) -> Tuple:
    assert given.ty is not None
    return _typed(Tuple((given, given)), TupleType((given.ty, given.ty)))


def _projected(given: Var) -> Call:
    return _relu(_typed(TupleGetItem(_pair(given), 0), given.ty), given.ty)


def _made(given: Var) -> Call:
    return _typed(Call(ExternFunc(REF_NEW), (given,), None, (ObjectType(),)), ObjectType())


def _choice(given: Var, *, bare: bool = False) -> If:
    def arm() -> Expr:
        return given if bare else _typed(SeqExpr((), given), given.ty)

    return _typed(If(given, arm(), arm()), given.ty)


def _parameter(*extra: Var) -> Callable[[Any], IRModule]:
    return lambda module: _main(module, params=(*module["main"].params, *extra))


def _twice(given: Var) -> list[Binding]:
    var = Var("again", given.ty)
    return [VarBinding(var, given), VarBinding(var, given)]


def _shared(module: Any) -> IRModule:
    result = module.copy()
    param = module["main"].params[0]
    body = _typed(SeqExpr((), param), param.ty)
    result.functions[GlobalVar("other")] = Function((param,), body, param.ty, True)
    return result


def _out_of_its_block(module: Any) -> IRModule:
    main = module["main"]
    var = DataflowVar("inner", main.params[0].ty)
    block = DataflowBlock((VarBinding(var, main.params[0]),))
    body = _typed(main.body.replace(blocks=(*main.body.blocks, block), body=var), var.ty)
    return _main(module, body=body, ret_ty=var.ty)


def _size(value: Callable[[Any], Expr]) -> Callable[[Any], IRModule]:
    return _bound(lambda _: value(SymbolicVar("nowhere")))


def _unsequenced(module: Any) -> IRModule:
    param = module["main"].params[0]
    return _main(module, body=param, ret_ty=param.ty)


def _forced(module: Any) -> IRModule:
    return _main(module, attrs={**(module["main"].attrs or {}), "relax.force_pure": True}, is_pure=False)


def _pure(module: Any) -> IRModule:
    return _main(_ending(lambda p: [VarBinding(Var("kept", ObjectType()), _made(p))])(module), is_pure=True)


def _renamed(module: Any) -> IRModule:
    return _main(module, attrs={"global_symbol": "other"})


def _without_result(module: Any) -> IRModule:
    return _main(module, ret_ty=None)


_Rule = tuple[str, str, Callable[[Any], IRModule]]
_RULES: tuple[_Rule, ...] = (
    ("a variable that nothing binds", "which is not defined here", _bound(lambda p: _relu(Var("gone", p.ty), p.ty))),
    ("a variable that is bound twice", "is defined twice", _ending(_twice)),
    ("a variable of two functions", ", too", _shared),
    ("a dataflow variable behind its block", "outside of its block", _out_of_its_block),
    (
        "a dataflow variable in a plain block", "outside of a dataflow block",
        _ending(lambda p: [VarBinding(DataflowVar("inner", p.ty), p)]),
    ),
    ("a dataflow variable as parameter", "is a dataflow variable", _parameter(DataflowVar("more", _OTHER))),
    ("a parameter without a type", "has no type", _parameter(Var("more", None))),
    ("a parameter of unknown size", "type of parameter", _parameter(Var("more", ShapeType((SymbolicVar("a") + 1,))))),
    ("a body that is no sequence", "must be a sequence of blocks", _unsequenced),
    ("no result type", "has no result type", _without_result),
    ("another name", "its global symbol is", _renamed),
    ("effects that are denied and allowed", "must be declared pure", _forced),
    (
        "effects in a dataflow block", "inside a dataflow block",
        _ending(lambda p: [VarBinding(DataflowVar("kept", ObjectType()), _made(p))], DataflowBlock),
    ),
    ("effects in a pure function", "inside a pure function", _pure),
    (
        "a choice in a dataflow block", "branches inside a dataflow block",
        _ending(lambda p: [VarBinding(DataflowVar("either", p.ty), _choice(p))], DataflowBlock),
    ),
    ("an arm that is no sequence", "is no sequence of blocks", _bound(lambda p: _choice(p, bare=True))),
    ("a sequence as a value", "is bound to a sequence", _bound(lambda p: _typed(SeqExpr((), p), p.ty))),
    ("a variable without a type", "has no type", _ending(lambda p: [VarBinding(Var("unused", None), p)])),
    ("a value without a type", "has no type", _bound(lambda p: _relu(p, None), _OTHER)),
    ("a variable of another type", "is annotated", _bound(lambda p: p, _OTHER)),
    ("a call of another type", "its result is", _bound(lambda p: _relu(p, _OTHER))),
    ("a call with too much", "", _bound(lambda p: _typed(Call(op("relax.nn.relu"), (p, p)), p.ty))),
    ("a call as an argument", "as an argument", _bound(lambda p: _relu(_relu(p, p.ty), p.ty))),
    ("a projection as an argument", "uses a projection", _bound(_projected)),
    (
        "a function that is not there", "which the module does not have",
        _bound(lambda p: _typed(Call(GlobalVar("gone"), (p,)), p.ty)),
    ),
    ("a shape of unknown size", "uses the symbolic variable", _size(lambda n: ShapeExpr((n,)))),
    ("a scalar of unknown size", "uses the symbolic variable", _size(PrimValue)),
)  # fmt: skip
BREAKERS: tuple[Breaker, ...] = tuple(Breaker(name, codes.ILL_FORMED, words, broken) for name, words, broken in _RULES)
