"""Wrong transforms of Relay modules, and a program that each of them changes: what a reducer has to get to the ground
of. None of them is what a pass of this project does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from migrate.values import Value
from migrate.verify.generate.program import Program
from relay_compat.ir.adt import Constructor, Match
from relay_compat.ir.expr import (
    Call,
    Constant,
    Function,
    GlobalVar,
    If,
    Let,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    op,
)
from relay_compat.text.parser import parse
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter, reachable
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node

Change = Callable[[Node], Node]
"""What a node becomes, given it over changed children."""


@dataclass(frozen=True)
class Fault:
    """``nodes``: what is left of the program when nothing more can go."""

    program: Program
    change: Change
    nodes: int

    def transform(self, module: IRModule) -> IRModule:
        """The wrong transform."""
        return changed(module, self.change)


def changed(module: IRModule, change: Change) -> IRModule:
    """The module with ``change`` made everywhere."""
    result = module.copy()
    for var, function in module.functions.items():
        result.functions[var] = _Everywhere(change).rewrite(function)
    return infer_types(result)


class _Everywhere(Rewriter):
    def __init__(self, change: Change) -> None:
        super().__init__()
        self._change = change

    def leave(self, old: Node, new: Node) -> Node:
        del old
        return self._change(new)


def program(text: str, *args: Value) -> Program:
    """A typed program from text without its header."""
    return Program(infer_types(parse(f'#[version = "0.0.5"]\n{text}')), args)


def _calls(name: str) -> Callable[[Node], bool]:
    return lambda node: isinstance(node, Call) and node.op is op(name)


def _attr(name: str, key: str, value: object) -> Change:
    def change(node: Node) -> Node:
        if isinstance(node, Call) and node.op is op(name) and isinstance(node.attrs, Attrs):
            return node.replace(attrs=Attrs(node.attrs.type_key, {**node.attrs, key: value}))
        return node

    return change


def _swapped(node: Node) -> Node:
    return node.replace(args=node.args[::-1]) if isinstance(node, Call) and node.op is op("subtract") else node


def _write_dropped(node: Node) -> Node:
    return Tuple(()) if isinstance(node, RefWrite) else node


def _branches_swapped(node: Node) -> Node:
    return node.replace(true_branch=node.false_branch, false_branch=node.true_branch) if isinstance(node, If) else node


def _next_field(node: Node) -> Node:
    if isinstance(node, TupleGetItem) and isinstance(node.tuple_value, Tuple):
        return node.replace(index=(node.index + 1) % len(node.tuple_value.fields))
    return node


def _unused_let_dropped(node: Node) -> Node:
    return node.body if isinstance(node, Let) and node.var not in reachable(node.body) else node


def _arms_reversed(node: Node) -> Node:
    return node.replace(clauses=node.clauses[::-1]) if isinstance(node, Match) else node


def _first_value_read(node: Node) -> Node:
    """What is read from a reference is what it was made with."""
    if not isinstance(node, Let) or not isinstance(node.value, RefCreate):
        return node
    var, value = node.var, node.value.value
    return _Everywhere(lambda item: value if isinstance(item, RefRead) and item.ref is var else item).rewrite(node)


def _casts_joined(node: Node) -> Node:
    if _calls("cast")(node) and isinstance(node, Call) and _calls("cast")(node.args[0]):
        (inner,) = node.args
        assert isinstance(inner, Call)
        return node.replace(args=inner.args)
    return node


def _six_digits(node: Node) -> Node:
    if isinstance(node, Constant) and node.data.dtype == np.float32:
        return Constant(np.vectorize(lambda x: float(f"{x:.6g}"), otypes=[np.float32])(node.data))
    return node


def _zeros_positive(node: Node) -> Node:
    return Constant(node.data + np.float32(0)) if isinstance(node, Constant) and node.data.dtype.kind == "f" else node


def _refused(node: Node) -> Node:
    if _calls("tanh")(node):
        raise fail(codes.BAD_INPUTS, "tanh is not to one's taste")
    return node


def _lost(node: Node) -> Node:
    if isinstance(node, Function) and "Primitive" in node.attrs:
        return {}["Primitive"]  # type: ignore[return-value]
    return node


def _last_of_three(node: Node) -> Node:
    """Wrong for three or more elements only."""
    if _calls("reverse")(node) and isinstance(node, Call):
        shape = node.args[0].checked_type.shape
        return node.args[0] if shape and int(shape[0]) >= 3 else node
    return node


def _fields_swapped(node: Node) -> Node:
    """Of a constructor of two fields of one type."""
    if isinstance(node, Call) and isinstance(node.op, Constructor) and node.op.name == "Pair":
        return node.replace(args=node.args[::-1])
    return node


def _call_skipped(node: Node) -> Node:
    return node.args[0] if isinstance(node, Call) and isinstance(node.op, GlobalVar) else node


def _twice(node: Node) -> Node:
    """A sum of equal operands is taken for one of them."""
    if _calls("add")(node) and isinstance(node, Call) and node.args[0] is node.args[1]:
        return node.args[0]
    return node


def _body_of_closure(node: Node) -> Node:
    """A closure forgets what it captured first."""
    return node.replace(value=Constant(np.zeros((2,), "float32"))) if isinstance(node, RefCreate) else node


_V = "Tensor[(2), float32]"
_M = "Tensor[(4, 6), float32]"
_X = np.array([1, 2], "float32")
_Y = np.array([0.5, -3], "float32")
_LONG = "".join(f"  let %v{n + 1} = {'multiply' if n % 3 else 'subtract'}(%v{n}, tanh(%y));\n" for n in range(30))
_REFS = f"""def @main(%c: bool, %x: {_V}, %y: {_V}) {{
  let %r = ref(%x);
  let %s = ref((%y, %x));
  let %a = if (%c) {{
    let %u = ref_write(%r, add(ref_read(%r), %y));
    exp(ref_read(%r))
  }} else {{ let %w = ref_write(%s, (%x, %x)); ref_read(%s).0 }};
  let %u2 = ref_write(%r, multiply(%a, ref_read(%r)));
  let %b = subtract(%a, ref_read(%s).1);
  (%a, add(%b, ref_read(%r)), if (%c) {{ %x }} else {{ tanh(%y) }})
}}
"""
_DATA = f"""type List[A] {{ Cons(A, List[A]), Nil, }}
type Both[A] {{ Pair(A, A), }}
def @sum(%l: List[{_V}], %acc: {_V}) -> {_V} {{
  match (%l) {{ Cons(%h, %t) => @sum(%t, add(multiply(%h, 2f), %acc)), Nil => %acc, }}
}}
def @first(%p: Both[{_V}]) -> {_V} {{ match (%p) {{ Pair(%a, %b) => add(%a, multiply(%b, 3f)), }} }}
def @main(%x: {_V}, %y: {_V}) {{
  let %l = Cons(exp(%x), Cons(%y, Nil));
  let %p = Pair(multiply(%x, %y), %y);
  let %f = fn (%z: {_V}) {{ add(%z, subtract(%x, %y)) }};
  (@sum(%l, %f(%x)), @first(%p), match (%l) {{ Cons(%h, _) => tanh(%h), _ => negative(%x), }})
}}
"""
_IMAGE = """def @main(%x: Tensor[(1, 8, 12, 12), float32], %w: Tensor[(16, 8, 3, 3), float32]) {
  %0 = nn.conv2d(%x, %w, padding=[1, 1, 1, 1], channels=16, kernel_size=[3, 3]);
  %1 = nn.relu(%0);
  %2 = nn.max_pool2d(%1, pool_size=[2, 2], strides=[2, 2]);
  %3 = nn.batch_flatten(%2);
  (nn.softmax(%3), sum(%1, axis=[1]), transpose(%2, axes=[0, 2, 3, 1]))
}
"""
_CASTS = f"""def @main(%x: {_M}, %y: {_M}) {{
  %0 = subtract(%x, multiply(%y, 0.5f));
  %1 = cast(cast(%0, dtype="bool"), dtype="int32");
  %2 = add(%1, cast(%y, dtype="int32"));
  (sum(cast(%2, dtype="float32"), axis=[1]), (%0, %2).0, concatenate((reverse(%x, axis=0), %0), axis=1))
}}
"""
_ROWS = np.arange(24, dtype="float32").reshape(4, 6) - 7


def _image() -> Program:
    rng = np.random.default_rng(7)
    return program(
        _IMAGE,
        rng.standard_normal((1, 8, 12, 12)).astype("float32"),
        rng.standard_normal((16, 8, 3, 3)).astype("float32"),
    )


def _refs() -> Program:
    return program(_REFS, np.array(True), _X, _Y)


def _data() -> Program:
    return program(_DATA, _X, _Y)


def _casts() -> Program:
    return program(_CASTS, _ROWS, _ROWS[::-1] / 2)


def _long() -> Program:
    return program(f"def @main(%v0: {_V}, %y: {_V}) {{\n{_LONG}  (%v30, add(%v7, %v7), %v11)\n}}\n", _X, _Y)


def _constants() -> Program:
    text = f"""def @main(%x: {_V}) {{
  %0 = add(%x, 1.23456789f);
  %1 = divide(%0, multiply(-0f, exp(3f)));
  (multiply(%0, 0.1f), %1, tanh(%1))
}}
"""
    return program(text, _X)


def _again() -> Program:
    text = f"""def @main(%x: {_V}) {{
  let %r = ref(exp(%x));
  let %u = ref_write(%r, multiply(%x, ref_read(%r)));
  add(ref_read(%r), tanh(%x))
}}
"""
    return program(text, _X)


def _digits() -> Program:
    return program(f"def @main(%x: {_V}) {{ maximum(minimum(%x, 1.23456789f), 1.0000001f) }}\n", _X)


def _primitive() -> Program:
    text = f"""def @main(%x: {_V}) {{
  %0 = fn (%a: {_V}, %b: {_V}, Primitive=1) {{ exp(add(%a, multiply(%b, %a))) }};
  %1 = %0(%x, tanh(%x));
  add(%1, %0(%1, %x))
}}
"""
    return program(text, _X)


FAULTS: dict[str, Callable[[], Fault]] = {
    "operands swapped": lambda: Fault(_long(), _swapped, 1),
    "operands swapped in a closure": lambda: Fault(_data(), _swapped, 1),
    "write dropped": lambda: Fault(_refs(), _write_dropped, 3),
    "branches swapped": lambda: Fault(_refs(), _branches_swapped, 1),
    "next field of a tuple": lambda: Fault(_casts(), _next_field, 2),
    "unused let dropped": lambda: Fault(_refs(), _unused_let_dropped, 3),
    "arms reversed": lambda: Fault(_data(), _arms_reversed, 1),
    "first value read": lambda: Fault(_again(), _first_value_read, 5),
    "reference starts at zero": lambda: Fault(_refs(), _body_of_closure, 1),
    "casts joined": lambda: Fault(_casts(), _casts_joined, 2),
    "six digits": lambda: Fault(_digits(), _six_digits, 1),
    "zeros positive": lambda: Fault(_constants(), _zeros_positive, 1),
    "refused": lambda: Fault(_long(), _refused, 1),
    "crash": lambda: Fault(_primitive(), _lost, 2),
    "wrong from three elements on": lambda: Fault(_casts(), _last_of_three, 1),
    "fields of a constructor swapped": lambda: Fault(_data(), _fields_swapped, 1),
    "call skipped": lambda: Fault(_data(), _call_skipped, 2),
    "sum of equal operands": lambda: Fault(_long(), _twice, 1),
    "padding lost": lambda: Fault(_image(), _attr("nn.conv2d", "padding", (0, 1, 1, 1)), 1),
    "axis of a sum": lambda: Fault(_image(), _attr("sum", "axis", (2,)), 1),
    "axes of a transpose": lambda: Fault(_image(), _attr("transpose", "axes", (0, 3, 2, 1)), 1),
    "axis of a softmax": lambda: Fault(_image(), _attr("nn.softmax", "axis", 0), 1),
    "strides of a pool": lambda: Fault(_image(), _attr("nn.max_pool2d", "strides", (1, 1)), 1),
    "axis of a concatenation": lambda: Fault(_casts(), _attr("concatenate", "axis", 0), 1),
}
