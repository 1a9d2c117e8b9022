"""What passes that clean up look for: values without use, values computed twice, functions to inline or to lift."""

from __future__ import annotations

from migrate.verify.generate.build import UNIT
from migrate.verify.generate.functions import define
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons.placed import placed
from relay_compat.ir.expr import Expr, Function, GlobalVar
from relay_compat.ir.types import RefType
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType

_REAL = TensorType((2, 2), "float32")


def dead_binding(m: Maker) -> Expr:
    """A variable that nothing uses."""
    type_ = m.tensor_type()
    var = m.var("dead", type_)
    return m.build.let(var, _computed(m, type_), m.expr(m.tensor_type(), 2))


def dead_chain(m: Maker) -> Expr:
    """A variable that only one without use takes."""
    type_ = m.tensor_type()
    first, second = m.var("dead", type_), m.var("dead", type_)
    inner = m.build.let(second, m.over(type_, first, m.leaf(type_)), m.expr(m.tensor_type(), 2))
    return m.build.let(first, _computed(m, type_), inner)


def dead_choice(m: Maker) -> Expr:
    """A choice of which nothing uses the result."""
    type_ = m.tensor_type()
    chosen = m.build.if_(m.leaf(TensorType((), "bool")), _computed(m, type_), m.leaf(type_))
    return m.build.let(m.var("dead", type_), chosen, m.expr(m.tensor_type(), 2))


def dead_write(m: Maker) -> Expr:
    """Variables that nothing uses, of which one's value writes a reference, and one's reads it."""
    ref = m.var("r", RefType(_REAL))
    written = m.build.write(ref, m.build.call("negative", m.build.read(ref)))
    rest = m.build.let(m.var("dead", _REAL), m.build.read(ref), m.build.read(ref))
    rest = m.build.let(m.var("dead", _REAL), _computed(m, _REAL), rest)
    return m.build.let(ref, m.build.ref(m.expr(_REAL, 1)), m.build.let(m.var("dead", UNIT), written, rest))


def same_call(m: Maker) -> Expr:
    """An operator that two calls apply to the same operands."""
    operand = m.build.call("negative", m.leaf(_REAL))
    name = m.choose(("exp", "tanh", "negative"))
    return m.build.call("subtract", m.build.call(name, operand), m.build.call(name, operand))


def same_chain(m: Maker) -> Expr:
    """Two chains of the same calls: the ends are the same only when the beginnings are."""
    operand = m.build.call("negative", m.leaf(_REAL))
    ends = [m.build.call("tanh", m.build.call("exp", operand)) for _ in range(2)]
    return m.build.call("subtract", *ends)


def same_attributes(m: Maker) -> Expr:
    """Two calls that differ in nothing, and a third that differs in an attribute."""
    operand = m.build.call("negative", m.leaf(TensorType((2, 2), "float32")))
    made = [m.build.call("sum", operand, axis=(axis,), keepdims=True) for axis in (0, 0, 1)]
    return m.build.call("subtract", m.build.call("add", made[0], made[2]), made[1])


def same_item(m: Maker) -> Expr:
    """A field of a tuple that is taken twice, and an operator on it each time."""
    parts = m.build.call("split", m.build.call("negative", m.leaf(TensorType((4, 2), "float32"))), sections=2, axis=0)
    ends = [m.build.call("exp", m.build.field(parts, 1)) for _ in range(2)]
    return m.build.call("subtract", *ends)


def same_sizes(m: Maker) -> Expr:
    """Two tensors whose shape is computed twice when the program runs: each gives its sizes names of its own."""
    given = m.leaf(TensorType((2,), "int64"), domain=Domain(1, 3))
    sizes = [m.build.call("abs", given) for _ in range(2)]
    filled = [m.build.call("dyn.full", m.leaf(TensorType((), "float32")), one, dtype="float32") for one in sizes]
    totals = [m.build.call("sum", m.build.call("exp", one), axis=(0, 1), keepdims=False) for one in filled]
    return m.build.call("subtract", *totals)


def same_effect(m: Maker) -> Expr:
    """A function called twice that changes what it is given, beside an operator that two calls apply."""
    given = m.var("a", RefType(_REAL))
    changed = m.build.write(given, m.build.call("negative", m.build.read(given)))
    function = define(m, "flip", m.build.function([given], m.build.then(changed, m.build.read(given))))
    ref = m.var("r", RefType(_REAL))
    ends = m.build.apply(function, ref), m.build.apply(function, ref)
    both = m.build.call("subtract", *ends)
    return m.build.let(ref, m.build.ref(m.leaf(_REAL)), m.build.call("add", both, same_call(m)))


def unused_function(m: Maker) -> Expr:
    """A global function that nothing calls."""
    _unary(m, "unused")
    return m.expr(m.tensor_type(), 3)


def unused_chain(m: Maker) -> Expr:
    """A global function that only one without use calls."""
    inner = _unary(m, "unused")
    with m.global_function() as frame:
        frame.params.append(m.bound("a", _REAL))
        body = m.build.apply(inner, frame.params[0])
    define(m, "unused", m.build.function(frame.params, body))
    return m.expr(m.tensor_type(), 3)


def inlined_function(m: Maker) -> Expr:
    """A call of a global function that is marked to be inlined."""
    name = _unary(m, "small", {"Inline": 1})
    return m.build.apply(name, m.expr(_REAL, 1))


def inlined_in_inlined(m: Maker) -> Expr:
    """A function to be inlined that calls one to be inlined."""
    inner = _unary(m, "small", {"Inline": 1})
    with m.global_function() as frame:
        frame.params.append(m.bound("a", _REAL))
        body = m.build.call("tanh", m.build.apply(inner, frame.params[0]))
    outer = define(m, "small", _marked(m.build.function(frame.params, body), {"Inline": 1}))
    return m.build.apply(outer, m.expr(_REAL, 1))


def fused_group(m: Maker) -> Expr:
    """A call of a group of operators that were fused."""
    return _group(m, m.expr(_REAL, 1))


def two_groups(m: Maker) -> Expr:
    """Two groups in a row."""
    return _group(m, _group(m, m.expr(_REAL, 1)))


def literal(m: Maker) -> Expr:
    """A local function that captures nothing and is called where it is known."""
    name = m.var("f", m.build.type_of(_unary_literal(m)))
    value = m.leaf(_REAL)
    return m.build.let(name, _unary_literal(m), m.build.apply(name, m.build.apply(name, value)))


def chosen_closure(m: Maker) -> Expr:
    """One of two local functions, both of which capture a variable."""
    held = m.var("held", _REAL)
    arms = _unary_literal(m, held), _unary_literal(m, held)
    name = m.var("f", m.build.type_of(arms[0]))
    chosen = m.build.if_(m.leaf(TensorType((), "bool")), *arms)
    body = m.build.let(name, chosen, m.build.apply(name, m.leaf(_REAL)))
    return m.build.let(held, m.build.call("exp", m.leaf(_REAL)), body)


def passed_literal(m: Maker) -> Expr:
    """A local function that is handed to a global one."""
    handed = _unary_literal(m)
    with m.global_function() as frame:
        f = m.var("f", m.build.type_of(handed))
        x = m.var("x", _REAL)
        frame.params += [f, x]
        body = m.build.apply(f, m.build.apply(f, x))
    twice = define(m, "twice", m.build.function(frame.params, body))
    return m.build.apply(twice, handed, m.leaf(_REAL))


def nested_closure(m: Maker) -> Expr:
    """A chosen local function within a local function."""
    x = m.var("x", _REAL)
    arms = _unary_literal(m, x), _unary_literal(m, x)
    inner = m.var("g", m.build.type_of(arms[0]))
    chosen = m.build.if_(m.leaf(TensorType((), "bool")), *arms)
    outer = m.build.function([x], m.build.let(inner, chosen, m.build.apply(inner, x)))
    name = m.var("f", m.build.type_of(outer))
    return m.build.let(name, outer, m.build.apply(name, m.leaf(_REAL)))


def _computed(m: Maker, type_: TensorType) -> Expr:
    return m.over(type_, m.leaf(type_), m.expr(type_, 1))


def _unary(m: Maker, name: str, attrs: dict[str, int] | None = None) -> GlobalVar:
    with m.global_function() as frame:
        frame.params.append(m.bound("a", _REAL))
        body = m.build.call(m.choose(("exp", "tanh")), m.build.call("negative", frame.params[0]))
    return define(m, name, _marked(m.build.function(frame.params, body), attrs or {}))


def _unary_literal(m: Maker, held: Expr | None = None) -> Function:
    x = m.var("x", _REAL)
    made: Expr = m.build.call("negative", x)
    return m.build.function([x], made if held is None else m.build.call("subtract", made, held))


def _group(m: Maker, value: Expr) -> Expr:
    x = m.var("x", _REAL)
    body = m.build.call(m.choose(("exp", "tanh")), m.build.call("negative", x))
    return m.build.apply(_marked(m.build.function([x], body), {"Primitive": 1}), value)


def _marked(function: Function, attrs: dict[str, int]) -> Function:
    made = function.replace(attrs={**function.attrs, **attrs})
    made.memo("checked", function.checked)
    return made


DEAD = tuple(map(placed, (dead_binding, dead_chain, dead_choice, dead_write)))
SAME = tuple(map(placed, (same_call, same_chain, same_attributes, same_item, same_sizes, same_effect)))
UNUSED = (unused_function, unused_chain)
INLINED = tuple(map(placed, (inlined_function, inlined_in_inlined)))
FUSED = tuple(map(placed, (fused_group, two_groups)))
CLOSURES = tuple(map(placed, (chosen_closure, passed_literal, nested_closure)))
