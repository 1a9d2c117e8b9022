"""The lossless form gives everything back: generated programs with what TVM's form loses, and the recorded modules."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import recorded
import recorded_texts
from hypothesis import given, settings
from hypothesis import strategies as st

from relay_compat.ir import adt, expr, types
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import TensorType, TupleType
from relay_compat.ir.values import BOX, TypedFloat, TypedInt
from relay_compat.json.reader import load_json
from relay_compat.structural import first_mismatch
from relay_compat.text.parser import parse, parse_expr
from relay_compat.text.printer import print_expr, print_module
from relay_compat.visit import reachable
from tensor_core import dtypes
from tensor_core.attrs import Attrs
from tensor_core.module import IRModule as AnyModule
from tensor_core.shapes import ANY
from tensor_core.spans import Span

Draw = Callable[[st.SearchStrategy[Any]], Any]
EVERY = 40
NAMES = st.one_of(
    st.sampled_from(["x", "x", "", "a.b:0", "let", "input.1", "größe", "int32", "add", "v`q\\", "x~1", "True", "inff"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4),
)
FLOATS = st.one_of(st.floats(width=32), st.sampled_from([0.1, 1 / 3, -0.0, 123456789.0]))
INTS = st.integers(-(2**31), 2**31 - 1)
DTYPES = ("float32", "float64", "float16", "int32", "int64", "int16", "int8", "uint8", "bool", "bfloat16")
LEAVES = st.one_of(
    st.none(), st.booleans(), INTS, FLOATS, NAMES,
    st.builds(TypedInt, st.integers(0, 99), st.sampled_from(["int64", "int16", "uint8", BOX])),
    st.builds(TypedFloat, FLOATS, st.sampled_from(["float64", BOX])),
)  # fmt: skip
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=4)
ATTRS = st.dictionaries(NAMES.filter(bool), VALUES, max_size=3).map(
    lambda attrs: {name: value for name, value in attrs.items() if name != "virtual_device"}
)
DIMS: list[Any] = [1, 3, ANY, TypedInt(2, "int64"), TypedInt(4, "int8")]
TOPK = {"k": 2, "axis": 3, "ret_type": "a`\n", "is_ascend": True, "dtype": ""}
F = expr.GlobalVar("f.g h")
TREE = types.GlobalTypeVar("Tree of ints")
LEAF = adt.Constructor("Leaf", (), TREE, 0)
NODE = adt.Constructor("add", (TensorType(()), types.TypeCall(TREE, ())), TREE, 1)


class Maker:
    """Draws programs that need not be well typed, only well formed in their variables."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.made: list[expr.Expr] = []
        self.type_vars: list[types.TypeVar] = []

    def choose(self, options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def any_type(self, depth: int = 2) -> types.Type:
        kind = self.choose(
            ("tensor", "tensor", "tuple", "ref", "fn", "call", "header", "variable") if depth else ("tensor",)
        )
        match kind:
            case "tuple":
                return TupleType(tuple(self.any_type(depth - 1) for _ in range(self.choose((0, 1, 2)))))
            case "ref":
                return types.RefType(self.any_type(depth - 1))
            case "fn":
                a = types.TypeVar(self.draw(NAMES), self.choose((0, 1)))
                return types.FuncType((a, self.any_type(depth - 1)), types.RefType(a), (a,))
            case "call":
                return types.TypeCall(TREE, tuple(self.any_type(depth - 1) for _ in range(self.choose((0, 1)))))
            case "header":
                return TREE
            case "variable" if self.type_vars:
                return self.choose(self.type_vars)
            case _:
                dims = self.draw(
                    st.lists(st.sampled_from([1, 3, ANY, TypedInt(2, "int64"), TypedInt(4, "int8")]), max_size=3)
                )
                return TensorType(tuple(dims), self.choose(DTYPES))

    def var(self) -> expr.Var:
        annotation = self.any_type() if self.choose((False, True)) else None
        return expr.Var(self.draw(NAMES), annotation, self.span())

    def span(self) -> Span | None:
        if not self.choose((False, True)):
            return None
        return Span("t", 1, 1, declared=Span(self.choose(("a.py", "b c:1")), 3, 4, *self.choose(((0, 0), (5, 6)))))

    def constant(self) -> expr.Constant:
        dtype = self.choose(DTYPES)
        values = [0, 1, -1, 3, math.inf, -math.inf, math.nan, 0.1, -0.0, 1e-40]
        picked = values if dtypes.is_float(dtype) else values[:2]
        shape = self.choose(((), (), (2,)))
        return expr.Constant(np.full(shape, self.choose(picked)).astype(dtypes.to_numpy(dtype)), self.span())

    def leaf(self, scope: list[expr.Expr]) -> expr.Expr:
        shared = [*scope, *self.made]
        return self.choose(shared) if shared and self.choose((True, False)) else self.constant()

    def made_of(self, scope: list[expr.Expr], depth: int) -> expr.Expr:
        if not depth:
            return self.leaf(scope)
        result = self.node(scope, depth - 1)
        if not scope:
            # What mentions no variable can be used everywhere.
            self.made.append(result)
        return result

    def node(self, scope: list[expr.Expr], depth: int) -> expr.Expr:
        kinds = ("call", "op", "tuple", "item", "let", "if", "fn", "match", "ref", "constructor", "global")
        match self.choose(kinds):
            case "call":
                callee = self.made_of(scope, depth)
                attrs = Attrs(self.choose(("a.B", "relay.attrs.TopkAttrs")), {"k": self.draw(VALUES)})
                if attrs.type_key != "a.B":
                    attrs = Attrs(
                        attrs.type_key, {"k": 2, "axis": 3, "ret_type": "a`\n", "is_ascend": True, "dtype": ""}
                    )
                args = tuple(self.any_type() for _ in range(self.choose((0, 1))))
                return expr.Call(callee, (self.made_of(scope, depth),), self.choose((None, attrs)), args, self.span())
            case "op":
                return self.operator(scope, depth)
            case "tuple":
                fields = tuple(self.made_of(scope, depth) for _ in range(self.choose((0, 1, 2))))
                return expr.Tuple(fields, self.span())
            case "item":
                return expr.TupleGetItem(self.made_of(scope, depth), self.choose((0, 2)), self.span())
            case "let":
                var = self.var()
                return expr.Let(var, self.made_of(scope, depth), self.made_of([*scope, var], depth))
            case "if":
                cond, yes, no = (self.made_of(scope, depth) for _ in range(3))
                return expr.If(cond, yes, no, self.span())
            case "fn":
                return self.function(scope, depth)
            case "match":
                x, y = self.var(), self.var()
                pattern = adt.PatternConstructor(NODE, (adt.PatternVar(x), adt.PatternTuple((adt.PatternVar(y),))))
                arms = (
                    adt.Clause(pattern, self.made_of([*scope, x, y], depth)),
                    adt.Clause(adt.PatternConstructor(LEAF, ()), self.made_of(scope, depth)),
                    adt.Clause(adt.PatternWildcard(), self.made_of(scope, depth)),
                )
                return adt.Match(self.made_of(scope, depth), arms, self.choose((True, False)), self.span())
            case "ref":
                inner = expr.RefCreate(self.made_of(scope, depth), self.span())
                return self.choose((inner, expr.RefRead(inner), expr.RefWrite(inner, self.made_of(scope, depth))))
            case "constructor":
                return self.choose((LEAF, NODE, expr.Call(LEAF, ()), expr.Call(LEAF, (), None, (self.any_type(),))))
            case _:
                return expr.Call(F, (self.made_of(scope, depth),))

    def operator(self, scope: list[expr.Expr], depth: int) -> expr.Expr:
        x = self.made_of(scope, depth)
        epsilon = self.choose((1e-5, 1e-5 + 1e-17, 0.1, math.inf, 1e300))
        norm = Attrs("relay.attrs.LayerNormAttrs", {"axis": -1, "epsilon": epsilon, "center": True, "scale": False})
        split = Attrs("relay.attrs.SplitAttrs", {"indices_or_sections": self.choose((2, (1, 3))), "axis": 0})
        foreign = Attrs("relay.attrs.ScanopAttrs", {"axis": 1, "dtype": "int8", "exclusive": None})
        name, attrs = self.choose(
            (("add", None), ("nn.layer_norm", norm), ("nn.layer_norm", None), ("split", split), ("exp", foreign))
        )
        return expr.Call(expr.op(name), (x, x), attrs, (), self.span())

    def function(self, scope: list[expr.Expr], depth: int) -> expr.Function:
        generic = tuple(types.TypeVar(self.draw(NAMES)) for _ in range(self.choose((0, 0, 2))))
        self.type_vars += generic
        params = tuple(self.var() for _ in range(self.choose((0, 1, 2))))
        body = self.made_of([*scope, *params], depth)
        result = self.any_type() if self.choose((False, True)) else None
        del self.type_vars[len(self.type_vars) - len(generic) :]
        return expr.Function(params, body, result, generic, self.draw(ATTRS), self.span())


@st.composite
def modules(draw: Draw) -> IRModule:
    maker = Maker(draw)
    functions = {F: maker.function([], 2)}
    if maker.choose((True, False)):
        functions[expr.GlobalVar("main")] = maker.function([], 3)
    data = types.TypeData(TREE, (types.TypeVar("int32"),), (LEAF, NODE), maker.choose((False, True)))
    return IRModule(functions, {TREE: data}, draw(ATTRS))


def names(module: IRModule) -> list[Any]:
    """What structural equality does not look at: names and declared spans, in order."""
    found: list[Any] = []
    for var in sorted(module.functions, key=lambda item: item.name):
        for node in reachable(module[var.name]):
            if isinstance(node, expr.Constant):  # may be one or several
                continue
            declared = getattr(getattr(node, "span", None), "declared", None)
            found.append((type(node).__name__, getattr(node, "name", None), declared and repr(declared)))
    return found


def check(module: AnyModule) -> None:
    text = print_module(module, lossless=True)
    again = parse(text, infer=False)
    found = first_mismatch(again, module, map_free_vars=True)
    assert found is None, f"{found[0]}\n{text}"


@given(modules())
@settings(max_examples=60, deadline=None)
def test_generated_programs_come_back(module: IRModule) -> None:
    check(module)
    text = print_module(module, lossless=True)
    again = parse(text, infer=False)
    assert print_module(again, lossless=True) == text
    assert names(again) == names(module)
    assert {name: data.extern for name, data in ((var.name, data) for var, data in again.type_definitions.items())} == {
        TREE.name: module.type_definitions[TREE].extern
    }


@pytest.mark.parametrize("row", recorded_texts.rows()[::EVERY], ids=lambda row: f"{row['zip']}-{row['case']}")
def test_recorded_modules_come_back(corpus: Callable[[str], recorded.Corpus], row: dict[str, str]) -> None:
    check(load_json(recorded_texts.source(corpus(row["zip"]), row), infer=False))


def test_variables_of_one_identity_and_shared_ones() -> None:
    first, second = expr.Var("x", TensorType((2,))), expr.Var("x", TensorType((2,)))
    second.memo("identity", first.vid)
    function = expr.Function((first,), expr.Tuple((first, second)))
    module = IRModule({"f": function, "g": expr.Function((first,), expr.Tuple((second, first)))})
    check(module)
    again = parse(print_module(module, lossless=True), infer=False)
    assert again["f"].params[0] is again["g"].params[0]  # type: ignore[attr-defined]


def test_expressions_come_back() -> None:
    x = expr.Var("input:0", TensorType((), "float64"), virtual_device=None)
    value = expr.Call(expr.op("add"), (x, expr.Constant(np.array(1 / 3))))
    text = print_expr(value, lossless=True)
    assert "#[lossless]" in text
    assert "0.3333333333333333f64" in text
    again = parse_expr(text)
    assert first_mismatch(again, value, map_free_vars=True) is None
    assert again.args[0].name == "input:0"  # type: ignore[attr-defined]


def test_metadata_stays_json() -> None:
    module = IRModule({"main": expr.Function((), expr.Constant(np.array([math.nan, 0.1], "float32")))})
    _, _, section = print_module(module, lossless=True).partition("#[metadata]\n")
    assert json.loads(section)["attrs"] == {"tvm_version": "0.19.0"}
