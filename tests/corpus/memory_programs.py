"""Lowered programs, and how memory for them is laid out: what ManifestAlloc and GraphPlanMemory make of them.

Written for the names that tvm.relay and relay_compat share. Functions of Relay stand for the tensor programs that are
called, which both passes look at by their types alone.
"""

import random
import re
from collections.abc import Callable
from typing import Any, NamedTuple


class Side(NamedTuple):
    """One implementation. ``function`` finds global functions by name, ``node`` makes attributes, ``integer`` an int32,
    ``device`` a virtual device from its name, one object for each: TVM tells them apart by identity;
    ``unknown`` a size that is not known. ``marks``: whether programs say where values are.
    """

    relay: Any
    module: Any
    function: Callable[[str], Any]
    node: Callable[..., Any]
    integer: Callable[[int], Any]
    device: Callable[[str], Any]
    unknown: Callable[[], Any]
    marks: bool = True


DATA, SHAPE = 1, 2
"""What a shape function takes of an argument: its elements, or its shape."""


class Lowered:
    """A module under construction whose ``main`` calls functions that stand for tensor programs."""

    def __init__(self, side: Side) -> None:
        self.s, self.functions, self.bindings = side, dict[Any, Any](), list[tuple[Any, Any]]()

    def called(self, name: str, args: list[Any], types: list[Any], result: Any, **more: Any) -> Any:
        """A call of a function with a body of that type; ``shape_function``: what it takes of each argument."""
        relay = self.s.relay
        relay_attrs = {key: value for key, value in more.items() if key != "shape_function"}
        metadata: dict[str, Any] = {"relay_attrs": self.s.node("DictAttrs", Primitive=1, **relay_attrs)}
        if "shape_function" in more:
            states = more["shape_function"]
            taken = [
                type_ if state == DATA else relay.TensorType((len(type_.shape),), "int64")
                for state, type_ in zip(states, types, strict=True)
            ]
            given = relay.TupleType([relay.TensorType((len(result.shape),), "int64")])
            metadata["prim_shape_fn_states"] = list(map(self.s.integer, states))
            metadata["prim_shape_fn_var"] = self.declared(f"shape_{name}", taken, given)
        attrs = self.s.node("relay.attrs.CallLoweredAttrs", metadata=metadata)
        called = self.declared(name, types, result)
        return relay.Call(relay.op.get("call_lowered"), [called, relay.Tuple(args)], attrs)

    def declared(self, name: str, types: list[Any], result: Any) -> Any:
        """The name of a function of that type; it calls itself."""
        relay = self.s.relay
        var = relay.GlobalVar(name)
        params = [relay.var(f"p{n}", type_) for n, type_ in enumerate(types)]
        self.functions[var] = relay.Function(params, relay.Call(var, params), result)
        return var

    def let(self, name: str, value: Any, where: str = "cpu") -> Any:
        """A variable for a value on a device."""
        var = self.s.relay.var(name)
        self.bindings.append((var, self.marked(value, where)))
        return var

    def marked(self, value: Any, where: str = "cpu") -> Any:
        """The value, said to be on a device."""
        if not self.s.marks:
            return value
        return self.s.relay.annotation.on_device(value, self.s.device(where), constrain_result=True)

    def block(self, body: Any) -> Any:
        """What was bound so far, around a body."""
        bindings, self.bindings = self.bindings, []
        for var, value in reversed(bindings):
            body = self.s.relay.Let(var, value, body)
        return body

    def module(self, params: list[Any], body: Any) -> Any:
        """The module, typed."""
        relay = self.s.relay
        main = relay.Function(params, self.block(body))
        return relay.transform.InferType()(self.s.module({**self.functions, relay.GlobalVar("main"): main}))


def _straight(s: Side) -> Any:
    make = Lowered(s)
    matrix, row = s.relay.TensorType((2, 3), "float32"), s.relay.TensorType((3,), "int8")
    x = s.relay.var("x", matrix)
    y = make.let("y", make.called("exp", [x], [matrix], matrix, hash="a"))
    z = make.let("z", make.called("tops", [y, x], [matrix, matrix], row))
    return make.module([x], z)


def _tuples(s: Side) -> Any:
    make = Lowered(s)
    half, whole = s.relay.TensorType((2, 2), "float16"), s.relay.TensorType((2, 4), "float16")
    x = s.relay.var("x", whole)
    pair = s.relay.TupleType([half, half])
    parts = make.let("parts", make.called("split", [x], [whole], pair))
    first = make.let("first", s.relay.TupleGetItem(parts, 0))
    joined = make.let("joined", make.called("join", [parts, first], [pair, half], whole))
    result = make.let("result", s.relay.Tuple([first, joined]))
    return make.module([x], result)


def _reshaped(s: Side) -> Any:
    make = Lowered(s)
    whole, flat = s.relay.TensorType((2, 4), "float32"), s.relay.TensorType((8,), "float32")
    x = s.relay.var("x", whole)
    reshape = {"relay.reshape_only": 1}
    y = make.let("y", make.called("flat", [x], [whole], flat, **reshape))
    z = make.let("z", make.called("exp", [y], [flat], flat))
    return make.module([x], z)


def _branches(s: Side) -> Any:
    make = Lowered(s)
    kind = s.relay.TensorType((4,), "bool")
    x, c = s.relay.var("x", kind), s.relay.var("c", s.relay.TensorType((), "bool"))
    y = make.let("y", make.called("not_", [x], [kind], kind))
    yes = make.block(y)
    z = make.let("z", make.called("all_", [x], [kind], kind))
    no = make.block(z)
    result = make.let("result", s.relay.If(c, yes, no))
    return make.module([x, c], result)


def _sized(s: Side, state: int, where: str = "cpu") -> Any:
    make = Lowered(s)
    kind, found = (s.relay.TensorType((s.unknown(), n), "float32") for n in (4, 2))
    x = s.relay.var("x", kind)
    given = make.let("given", x, where)
    value = make.called("where", [given, x], [kind, kind], found, shape_function=[state, SHAPE])
    y = make.let("y", value, where)
    return make.module([x], y)


def _sized_reshape(s: Side) -> Any:
    make = Lowered(s)
    kind, flat = s.relay.TensorType((s.unknown(), 4), "float32"), s.relay.TensorType((s.unknown(),), "float32")
    x = s.relay.var("x", kind)
    reshape = {"relay.reshape_only": 1}
    y = make.let("y", make.called("flat", [x], [kind], flat, shape_function=[SHAPE], **reshape))
    return make.module([x], y)


PROGRAMS: dict[str, Callable[[Side], Any]] = {
    "straight": _straight,
    "tuples": _tuples,
    "reshaped": _reshaped,
    "branches": _branches,
    "sized by shapes": lambda s: _sized(s, SHAPE),
    "sized by elements": lambda s: _sized(s, DATA),
    "sized by elements elsewhere": lambda s: _sized(s, DATA, "cuda"),
    "sized reshape": _sized_reshape,
}


def manifested(side: Side, name: str) -> str:
    """``main`` with its allocations. What is bound without a name has no number: TVM numbers such variables process by
    process.
    """
    module = side.function("relay.transform.ManifestAlloc")(side.device("cpu"))(PROGRAMS[name](side))
    text = side.relay.transform.InferType()(module)["main"].astext()
    return re.sub(r"%\w+(?=: \(\) )", "%_", text.split("#[metadata]")[0])


SEEDS = 60


STRAIGHT = ("straight", "tuples", "reshaped")
"""Lowered programs that memory is planned for: those without choices and unknown sizes."""


def planned(side: Side, program: int | str) -> list[str]:
    """The storage of every value of a lowered program, or of a random one of fused operators, by its number in order of
    evaluation.
    """
    if isinstance(program, str):
        function = PROGRAMS[program](side._replace(marks=False))["main"]
    else:
        r = random.Random(program)
        function = _fused(side, _random(side, r, r.randint(3, 14)), r.choice([0, 2]))
    plan = side.function("relay.backend.GraphPlanMemory")(function).expr_to_storage_info
    nodes: list[Any] = []
    side.relay.analysis.post_order_visit(function, nodes.append)
    return [
        f"{number}: {[int(item) for item in plan[node].storage_ids]} {[int(item) for item in plan[node].storage_sizes]}"
        for number, node in enumerate(nodes)
        if isinstance(node, side.relay.Expr) and node in plan
    ]


def _fused(side: Side, main: Any, level: int) -> Any:
    infer = side.relay.transform.InferType()
    return infer(side.relay.transform.FuseOps(level)(infer(side.module.from_expr(main))))["main"]


def _random(side: Side, r: random.Random, size: int) -> Any:
    """Operators on matrices of several sizes and types, some bound to variables, some reshapes, some of tuples."""
    relay = side.relay
    rows, types = r.choice([2, 4]), ["float32", "int8"]
    params = [relay.var(f"v{n}", shape=(rows, width), dtype=r.choice(types)) for n, width in enumerate((4, 8))]
    pool = [(param, param.type_annotation.dtype) for param in params]
    bound: list[tuple[Any, Any]] = []
    for n in range(size):
        value, dtype = r.choice(pool[-3:])
        kind = r.randrange(8)
        if kind == 0:
            dtype = r.choice(types)
            made = relay.cast(value, dtype)
        elif kind == 1:
            made = relay.TupleGetItem(relay.split(value, 2, axis=1).tuple_value, r.randrange(2))
        elif kind == 2:
            made = relay.concatenate([value, value], axis=1)
        elif kind == 3:
            made = relay.reshape(value, (rows, -1))
        elif kind == 4:
            pair = relay.Tuple([value, relay.nn.relu(value)])
            made = relay.TupleGetItem(pair, r.randrange(2))
        else:
            made = r.choice([relay.negative, relay.abs, relay.nn.relu])(value)
        if r.random() < 0.2:
            var = relay.var(f"x{n}")
            bound.append((var, made))
            made = var
        pool.append((made, dtype))
    result = relay.Tuple([value for value, _ in r.sample(pool, 2)])
    for var, value in reversed(bound):
        result = relay.Let(var, value, result)
    return relay.Function(params, result)
