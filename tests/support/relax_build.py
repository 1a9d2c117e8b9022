"""Short forms for building Relax programs in tests."""

from typing import Any

from relax_core.ir.expr import Call, Expr, IRModule, PrimValue, SeqExpr, ShapeExpr, Tuple, Var, op
from relax_core.ir.types import TensorType
from relax_core.ops import make_call
from relax_core.types.deduce import deduce
from tensor_core import prim
from tensor_core.ops.registry import registry


def tensor(*shape: Any, dtype: str = "float32") -> TensorType:
    return TensorType(shape, dtype)


def call(card: str, *args: Expr, release: str = "0.27", **params: Any) -> Call:
    """The call of a card by its own parameter names."""
    found = registry().by_name[card]
    for arg in args:
        settle(arg, release)
    made = make_call(found, found.params(**params), args, release)
    assert isinstance(made, Call), made
    return made


def settle(expr: Expr, release: str = "0.27") -> None:
    """Deduce the types of nested calls."""
    if isinstance(expr, Tuple):
        for item in expr.fields:
            settle(item, release)
    elif isinstance(expr, Call) and expr.ty is None:
        for item in expr.args:
            settle(item, release)
        expr.memo("ty", deduce(expr, release))


def relax(name: str, *args: Any, **attrs: Any) -> Call:
    """A call as written, for ops without attributes: tuples become shapes, numbers scalars."""
    assert not attrs
    return Call(op(f"relax.{name}"), tuple(map(_operand, args)))


def _operand(value: Any) -> Expr:
    if isinstance(value, tuple):
        return ShapeExpr(value)
    if isinstance(value, int | float):
        return PrimValue(prim.const(value, "int64" if isinstance(value, int) else "float64"))
    return value


def main(module: IRModule, name: str = "main") -> Any:
    """A function of a module."""
    return module[name]


def bindings(function: Any) -> list[Any]:
    """The bindings of a function's own blocks, in order."""
    assert isinstance(function.body, SeqExpr)
    return [binding for block in function.body.blocks for binding in block.bindings]


def names(function: Any) -> list[str]:
    """The names that a function's own blocks bind, in order."""
    return [binding.var.name for binding in bindings(function)]


def variable(name: str, *shape: Any, dtype: str = "float32") -> Var:
    return Var(name, TensorType(shape, dtype))
