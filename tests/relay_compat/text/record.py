"""Records what TVM 0.19 prints for each construct of the language: run in its environment, writes printed.json.

The cases cover the printer's rules (which node gets a variable, in which order and scope, what is written inline,
what goes to the metadata section) as modules and as expressions.
"""

# pyright: reportMissingImports=false

import json
from pathlib import Path

import numpy as np
import tvm
from tvm import relay
from tvm.ir import make_node
from tvm.relay import Call, Clause, Function, If, Let, Match, Tuple, TupleGetItem, Var, exp, log

HEADER = '#[version = "0.0.5"]\n'
LIST = "type List[A] { Cons(A, List[A]), Nil, }\n"
SOURCES = {
    "let_if": "def @main(%x: int32, %c: bool) -> int32 { let %y = add(%x, %x);"
    " let %z = if (%c) { let %q = add(%y,%y); %q } else { 3 }; add(%z, %y) }",
    "if_shared": "def @main(%x: int32, %c: bool) -> int32 { %0 = if (%c) { add(%x, 1) } else { 3 }; add(%0, %0) }",
    "references": "def @main(%x: int32) { let %r = ref(%x); let %u = ref_write(%r, add(%x, 1)); ref_read(%r) }",
    "unnamed_let": "def @main(%x: int32) { ref(%x); let %_ = add(%x, 1); %x }",
    "two_functions": "def @b(%x: int32) -> int32 { %0 = add(%x, 1); add(%0, %0) }\n"
    "def @a(%x: int32) -> int32 { %5 = multiply(%x, 1); add(%5, @b(%5)) }",
    "polymorphic": LIST + "def @len[A](%l: List[A]) -> int32"
    " { match (%l) { Cons(_, %t) => add(1, @len(%t)), Nil => 0 } }\n"
    "def @id[A, B](%l: A, %m: B) -> A { %l }\ndef @main() -> int32 { @len(Cons(1, Cons(2, Nil))) }",
    "function_attrs": 'def @main(%x: int32, Primitive=1, Compiler="acme", d=-3) -> int32 { %x }',
    "attr_kinds": "def @main(%x: int32, foo=[1,2], bar=1.5f, big=1i64) -> int32 { %x }",
    "closure": "def @main(%x: int32) -> int32 { let %f = fn (%y: int32, Primitive=1) { add(%y, %x) }; %f(%x) }",
    "closure_called": "def @main(%x: int32) -> int32 { %0 = fn (%y: int32) { add(%y, %x) }; %0(%x) }",
    "tuples": "def @main(%x: int32) { %0 = (%x,); %1 = (); let %u = %1; (%0.0, (%x, %x), %u) }",
    "shared_let": "def @main(%x: int32) { %0 = ( let %y = add(%x, %x); %y ); add(%0, %0) }",
    "let_in_let": "def @main(%x: int32) { let %a = ( let %y = add(%x, %x); %y ); add(%a, %a) }",
    "match": "type T { A(int32), B((int32, int32)), C, }\ndef @main(%x: T, %y: (T, T)) -> int32 {"
    " let %z = ( match? (%x) { A(%q) => %q, B((%a, %b)) => add(%a, %b), } );"
    " match (%y) { (A(%p), _) => add(%p, %z), _ => 5 } }",
    "scalars": "def @main() { (1, 1i64, 1i16, 1f, 1.5f64, 2f16, True, False, 0.333333f, 1e-5f, 1e20f, 123456789f,"
    " 16777217f, -1, -2.5f, inff, -inff) }",
    "generic_let": "def @f[A](%x: A) -> A { let %g = fn [B](%y: B) -> B { %y }; %g(%x) }",
    "split": "def @main(%x: Tensor[(4), float32])"
    " { (split(%x, indices_or_sections=2), split(%x, indices_or_sections=[1, 3])) }",
    "tuple_type": "def @main(%x: (int32,), %y: (), %z: Tensor[(?, 3), float64]) { (%x, %y, %z) }",
}  # fmt: skip

NAMES = ("x", "x", "x1", "", "1", "a.b:0", "let", "x", "c::d-e_0", "größe")


def tensors(*names: str) -> list[Var]:
    return [relay.var(name, shape=(2, 3)) for name in names]


def modules() -> dict[str, tvm.IRModule]:
    (x,) = tensors("x")
    span = tvm.ir.Span(tvm.ir.SourceName("model.py"), 3, 3, 4, 9)
    ones = relay.const(np.ones((2, 3), "float32"))
    result = {
        "constants": Function(
            [x],
            x + ones * relay.const(np.int8(3)).astype("float32") + relay.const(np.uint8(200)).astype("float32"),
        ),
        "constant_shared": Function([x], x + ones + ones),
        "spans": Function([x], Call(relay.op.get("add"), [x, relay.Constant(ones.data, span)], None, None, span)),
        "names": Function(odd := [relay.var(name, shape=(2,)) for name in NAMES], Tuple(odd)),
        "device": Function([x], relay.annotation.on_device(x, tvm.cpu(0), constrain_result=True)),
        "marks": marks(x),
        "attrs_in_metadata": undeclared(x),
        "attr_box": Function([x], x).with_attr("b", 1.5),
        "attr_list": Function([x], x).with_attr("e", [1, 2.5, "s"]),
        "attr_map": Function([x], x).with_attr("g", {"k": 1}),
        "attr_string": Function([x], x).with_attr("s", "é\t\r\x01\x7f'?\\\"\n"),
        "attr_none": Function([x], x).with_attr("f", None),
        "attr_bool": Function([x], x).with_attr("c", True),
        "attr_float": Function([x], x).with_attr("i", tvm.tir.FloatImm("float64", 2.5)),
        "type_variables": generic(),
        "dimensions": symbolic(),
        "metadata_order": Function([x], Tuple([
            relay.const(np.zeros(2)), relay.cumsum(x), relay.op.trilu(x, relay.const(1)), relay.split(x, 2)[0],
        ])).with_attr("q", 1.5),
    }  # fmt: skip
    return {name: relay.transform.InferType()(tvm.IRModule.from_expr(f)) for name, f in result.items()}


def marks(x: Var) -> Function:
    """Marks of every kind, one on the other."""
    value = relay.device_copy(relay.annotation.on_device(x, tvm.cpu(0)), tvm.cpu(0), tvm.cuda(1))
    value = Call(tvm.ir.Op.get("on_device"), [value], make_node("relay.attrs.OnDeviceAttrs"))
    value = relay.annotation.compiler_end(relay.annotation.compiler_begin(value, "acme"), "acme")
    return Function([x], relay.op.op.debug(relay.annotation.checkpoint(relay.annotation.stop_fusion(value))))


def undeclared(x: Var) -> Function:
    """Operators that do not declare their attribute struct."""
    places = relay.const(np.zeros((2, 3), "int32"))
    first = relay.op.scatter_elements(x, places, x, 1, "add")
    second = relay.op.scatter_nd(first, relay.const(np.zeros((1, 2), "int32")), x, "add")
    third = relay.op.dyn._make.expand_dims(second, relay.var("axis", shape=(), dtype="int64"), 2)
    spectrum = relay.op.dft(second, second, True)
    return Function(
        relay.analysis.free_vars(third), Tuple([third, spectrum[0], relay.op.cumprod(x, 0, "float64", True)])
    )


def generic() -> Function:
    a, inner = relay.TypeVar("A"), relay.TypeVar("A")
    q = Var("q", relay.RefType(relay.FuncType([a], a)))
    return Function([Var("p", a), q, Var("r", relay.FuncType([inner], inner, [inner]))], q, None, [a])


def symbolic() -> Function:
    n, m = tvm.tir.Var("n", "int32"), tvm.tir.Var("m", "int64")
    a = Var("a", relay.TensorType((n, m, n + 1, tvm.tir.IntImm("int64", 3), relay.Any()), "float32"))
    return Function([a], a)


def expressions() -> dict[str, relay.Expr]:
    x, y, z = tensors("x", "y", "z")
    c = relay.var("c", shape=(), dtype="bool")
    n = exp(x)
    used_twice = Function([y], exp(y))
    made = relay.RefCreate(n)
    return {
        "free": x + y,
        "free_in_function": Function([x], x + y),
        "free_in_branch": Tuple([If(c, x + y, x), y]),
        "variable": x,
        "constant": relay.const(1),
        "metadata": relay.const(np.ones(3)),
        "branch_shared": Function([c, x], If(c, n + n, log(n) + n)),
        "branch_root_shared": Function([c, x], Tuple([n, If(c, n, n)])),
        "closure_twice": Tuple([Call(used_twice, [x]), Call(used_twice, [x])]),
        "closure_directly": Call(Function([y], exp(y)), [x]),
        "closure_in_tuple": Tuple([Function([y], exp(y))]),
        "if_as_condition": If(If(c, c, c), If(c, x, y), Let(z, x, z)),
        "let_in_call": exp(Let(y, x, y)),
        "let_value_shared": Let(y, n, n + y),
        "order": Tuple([made, relay.RefRead(relay.RefCreate(n)), relay.RefWrite(relay.RefCreate(n), If(c, n, n))]),
        "match_in_tuple": Tuple([Match(x, [
            Clause(relay.PatternVar(y), y), Clause(relay.PatternTuple([relay.PatternWildcard()]), exp(x)),
        ])]),
        "projections": TupleGetItem(TupleGetItem(Tuple([Tuple([x])]), 0), 0),
        "curried": Call(Call(relay.GlobalVar("f"), [x]), [y]),
        "attrs_only": Function([], x).with_attr("Primitive", 1),
        "no_types": Function([Var("p", relay.ty.IncompleteType())], x),
        "callee_attrs": Call(relay.GlobalVar("g"), [x], make_node("relay.attrs.LeakyReluAttrs", alpha=0.1)),
        "attr_expressions": relay.arange(a := relay.var("a", shape=()), a + relay.const(1.0), relay.const(1.0)),
        "op_as_value": Tuple([relay.op.get("add"), relay.GlobalVar("foo")]),
        "odd_floats": Tuple([relay.const(np.float32(v)) for v in ("nan", "inf", "-inf", "-0.0", "1e10", "1234567")]),
        "half": Tuple([relay.const(np.float16(v)) for v in ("0.1", "-inf", "65504")]),
    }  # fmt: skip


def main() -> None:
    all_modules = {name: relay.parse(HEADER + text) for name, text in SOURCES.items()} | modules()
    recorded = {
        "modules": {name: module.astext() for name, module in all_modules.items()},
        "expressions": {name: expr.astext() for name, expr in expressions().items()},
        "json": {name: json.loads(tvm.ir.save_json(module)) for name, module in all_modules.items()},
    }
    Path(__file__).with_name("printed.json").write_text(json.dumps(recorded, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
