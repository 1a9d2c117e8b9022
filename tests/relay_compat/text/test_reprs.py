"""repr() of objects as real TVM 0.19 shows them (recorded by hand), cut where it would not end."""

from typing import Any

import pytest
from relay_build import call, const

from relay_compat.ir import adt, expr, types
from relay_compat.ir.types import TensorType
from relay_compat.text.reprs import node_repr

X, Y = expr.Var("x", TensorType((2,))), expr.Var("y")
LIST = types.GlobalTypeVar("List")
NIL = adt.Constructor("Nil", (TensorType((2,)),), LIST)
X_TEXT = "Var(x, ty=TensorType([2], float32))"
NIL_TEXT = 'ConstructorNode(Nil, [TensorType([2], float32)], I.GlobalTypeVar("List", "AdtHandle"))'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (expr.Tuple((X, Y)), f"Tuple([{X_TEXT}, Var(y)])"),
        (expr.TupleGetItem(Y, 1), "TupleGetItemNode(Var(y), 1)"),
        (expr.Let(X, Y, X), f"LetNode({X_TEXT}, Var(y), {X_TEXT})"),
        (expr.If(X, Y, X), f"IfNode({X_TEXT}, Var(y), {X_TEXT})"),
        (expr.RefWrite(X, Y), f"RefWriteNode({X_TEXT}, Var(y))"),
        (
            adt.Match(X, (adt.Clause(adt.PatternConstructor(NIL, (adt.PatternVar(Y),)), X),), False),
            f"MatchNode({X_TEXT}, [ClauseNode(PatternConstructorNode({NIL_TEXT}, [PatternVarNode(Var(y))]),"
            f" {X_TEXT})], 0)",
        ),
        (adt.PatternTuple((adt.PatternWildcard(),)), "PatternTupleNode([PatternWildcardNode()])"),
        (const(1.5), "Constant(1.5)"),
        (
            expr.Call(Y, (X,), None, (TensorType(()),)),
            f"CallNode(Var(y), [{X_TEXT}], (nullptr), [TensorType([], float32)])",
        ),
        (expr.GlobalVar("f"), 'I.GlobalVar("f")'),
        (expr.op("add"), "Op(add)"),
        (expr.Function((X,), X), "fn (%x: Tensor[(2), float32]) {\n  %x\n}"),
    ],
)
def test_as_tvm_shows_it(value: Any, text: str) -> None:
    assert repr(value) == text


def test_sharing_does_not_make_it_endless() -> None:
    value: expr.Expr = X
    for _ in range(100):
        value = call("add", value, value)
    text = node_repr(value, 1000)
    assert text.startswith("CallNode(Op(add), [CallNode(")
    assert text.endswith("...")
    assert len(text) < 1200
