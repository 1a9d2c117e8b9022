"""The classes of expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from migrate.codemods.renames import Renames
from migrate.codemods.rule import Example


class Nodes(Renames):
    """See the module text."""

    id: ClassVar[str] = "relay.names.nodes"
    title: ClassVar[str] = "classes of expressions: relay.Call becomes relax.Call"
    explanation: ClassVar[str] = (
        "The classes of expressions that both IRs have keep their names and most of their attributes. Constants are"
        " tvm.ir.GenericConst since TVM 0.27. A Relax function is a sequence of bindings: an argument of a call is a"
        " variable there, where Relay nests the calls themselves."
    )
    facts: ClassVar[str] = "tvm.relay of TVM 0.19; tvm.relax of TVM 0.21, 0.25, 0.26 and 0.27"
    table: ClassVar[Mapping[str, str]] = {
        "tvm.relay.Call": "tvm.relax.Call",
        "tvm.relay.Tuple": "tvm.relax.Tuple",
        "tvm.relay.TupleGetItem": "tvm.relax.TupleGetItem",
        "tvm.relay.If": "tvm.relax.If",
        "tvm.ir.GlobalVar": "tvm.relax.GlobalVar",
        "tvm.relay.Constant": "{constant}",
        "tvm.relay.Var": "tvm.relax.Var",
        "tvm.relay.Function": "tvm.relax.Function",
        "tvm.relay.const": "tvm.relax.const",
        "tvm.ir.RelayExpr": "tvm.relax.Expr",
        "tvm.relay.RelayExpr": "tvm.relax.Expr",
        "tvm.relay.expr.ExprWithOp": "tvm.relax.Expr",
        "tvm.relay.var": "tvm.relax.Var",
    }
    notes: ClassVar[Mapping[str, str]] = {
        "tvm.relay.var": "relax.Var takes a name and a type, no shape and dtype",
    }
    uncalled: ClassVar[frozenset[str]] = frozenset(
        {"tvm.relay.Call", "tvm.relay.Constant", "tvm.relay.Var", "tvm.relay.Function", "tvm.relay.var", "tvm.relay.If"}
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay


def is_scalar(expr: relay.Expr) -> bool:
    return isinstance(expr, relay.Constant) or isinstance(expr, (relay.Var, relay.TupleGetItem))
""",
            """from tvm import ir, relax


def is_scalar(expr: relax.Expr) -> bool:
    return isinstance(expr, ir.GenericConst) or isinstance(expr, (relax.Var, relax.TupleGetItem))
""",
        ),
        Example(
            """from tvm.relay.expr import Call, const

ONE = const(1.0)


def operands(expr):
    return list(expr.args) if isinstance(expr, Call) else []
""",
            """from tvm.relax import const, Call

ONE = const(1.0)


def operands(expr):
    return list(expr.args) if isinstance(expr, Call) else []
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\n\ndef f(e):\n    return isinstance(e, relax.Call)\n",
        "from tvm import ir\n\nmain = ir.GlobalVar('main')\n",
        "from other import relay\n\n\ndef f(e):\n    return isinstance(e, relay.Call)\n",
    )


RULE = Nodes()
