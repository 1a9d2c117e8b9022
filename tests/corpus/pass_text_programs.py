"""Small programs, one or a few for each pass, and what the pass makes of them.

Written for the names that tvm.relay and relay_compat share: a case gets the package, its module class, and a function
that finds passes which only TVM's registry names.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Side(NamedTuple):
    """One implementation. ``internal`` finds what tvm.relay._transform names, ``node`` makes attributes."""

    relay: Any
    module: Any
    internal: Callable[[str], Any]
    node: Callable[..., Any]


def outcome(side: Side, name: str) -> str:
    """The text after the pass. What is bound to the empty tuple has no name: TVM numbers such variables process by
    process. Metadata is left out where it holds attributes, in which TVM infers no types, or devices. Without its
    reshapes a lowered program has no types that fit.
    """
    module = CASES[name](side)
    text = (module if name == "RemoveStandaloneReshapes" else side.relay.transform.InferType()(module)).astext()
    if name in ("FlexibleShapeDispatch, padded", "RemoveStandaloneReshapes"):
        text = text.split("#[metadata]")[0]
    return re.sub(r"%\w+(?=: \(\) )", "%_", text)


def _batching_ops(s: Side) -> Any:
    x, y = s.relay.var("x", shape=(1, 4, 8, 8)), s.relay.var("y", shape=(4, 8))
    convs = [s.relay.nn.conv2d(x, s.relay.var(f"w{n}", shape=(2, 4, 1, 1))) for n in range(3)]
    denses = [s.relay.nn.dense(y, s.relay.var(f"d{n}", shape=(2, 8))) for n in range(3)]
    main = s.relay.Tuple([*convs, *denses])
    mod = s.relay.transform.InferType()(s.module.from_expr(s.relay.Function(s.relay.analysis.free_vars(main), main)))
    return s.relay.transform.BatchingOps()(mod)


def _change_batch(s: Side) -> Any:
    x, w = s.relay.var("x", shape=(1, 4)), s.relay.var("w", shape=(2, 4))
    mod = s.module.from_expr(s.relay.Function([x, w], s.relay.nn.relu(s.relay.nn.dense(x, w))))
    return s.relay.transform.ChangeBatch({x: 0}, batch_size=7)(mod)


def _fold_constant_expr(s: Side) -> Any:
    x = s.relay.var("x", shape=(2,))
    folded = s.relay.add(s.relay.add(s.relay.const(1.0), s.relay.const(2.0)), x)
    mod = s.relay.transform.InferType()(s.module.from_expr(s.relay.Function([x], folded)))
    return s.module.from_expr(s.relay.transform.FoldConstantExpr(mod["main"], mod))


def _transposed(s: Side) -> Any:
    x = s.relay.var("x", shape=(1, 4))
    w1, w2 = s.relay.var("w1", shape=(4, 6)), s.relay.var("w2", shape=(2, 6))
    hidden = s.relay.nn.relu(s.relay.nn.dense(x, s.relay.transpose(w1, axes=[1, 0]), units=6))
    return s.module.from_expr(s.relay.Function([w1, x, w2], s.relay.nn.dense(hidden, w2)))


def _simplify_fc_transpose(s: Side) -> Any:
    return s.relay.transform.SimplifyFCTranspose(["w1"])(_transposed(s))


def _dense_to_sparse(s: Side) -> Any:
    return s.relay.transform.DenseToSparse(["w2"], [[3, 1, 2, 3, 3]])(_transposed(s))


def _convolution(s: Side, kernel: Any, size: int) -> Any:
    x = s.relay.var("x", shape=(1, 8, 8, 4))
    options = {"kernel_size": (size, size), "padding": size // 2, "data_layout": "NHWC", "kernel_layout": "HWIO"}
    conv = s.relay.nn.conv2d(x, kernel, **options)
    return s.module.from_expr(s.relay.Function(s.relay.analysis.free_vars(conv), s.relay.nn.relu(conv)))


def _conv2d_to_sparse(s: Side) -> Any:
    mod = _convolution(s, s.relay.var("w", shape=(1, 1, 4, 8)), 1)
    return s.relay.transform.Conv2dToSparse(["w"], [[3, 2, 3, 5]], "NHWC", 1)(mod)


def _conv2d_to_sparse2(s: Side) -> Any:
    kernel = np.zeros((3, 3, 4, 8), "float32")
    kernel[0, 1, 2, 3] = kernel[2, 2, 0, 5] = 1.5
    mod = _convolution(s, s.relay.const(kernel), 3)
    return s.relay.transform.Conv2dToSparse2("NHWC", 3, (4, 1), 0.5)(mod)


def _flexible(s: Side, **options: Any) -> Any:
    x, w = s.relay.var("x", shape=(1, 4)), s.relay.var("w", shape=(2, 4))
    mod = s.module.from_expr(s.relay.Function([x, w], s.relay.nn.dense(x, w)))
    return s.relay.transform.FlexibleShapeDispatch([2, 5], **options)(mod)


def _layers(s: Side) -> Any:
    x, w = s.relay.var("x", shape=(2, 4, 8, 8)), s.relay.var("w", shape=(4, 4, 3, 3))
    one = s.relay.nn.conv2d(x, w, padding=(1, 1))
    two = s.relay.nn.conv2d(s.relay.nn.relu(one), w, padding=(1, 1), out_dtype="float32")
    joined = s.relay.concatenate([two, s.relay.add(one, two)], axis=1)
    return s.module.from_expr(s.relay.Function([x, w], joined))


def _recast(s: Side) -> Any:
    return s.relay.transform.recast(_layers(s), "int8", "int32", ops=["nn.conv2d", "concatenate", "add"])


def _recast_skip(s: Side) -> Any:
    return s.relay.transform.recast(_layers(s), "float16", "float32", skip_layers=[-1])


def _for_compiler(s: Side, name: str, symbol: str) -> Any:
    a, b = s.relay.var("a", shape=(2,)), s.relay.var("b", shape=(2,))
    inner = s.relay.Function([a], s.relay.exp(a)).with_attr("Composite", "c.exp")
    outer = s.relay.Function([b], s.relay.tanh(s.relay.Call(inner, [b])))
    return outer.with_attr("Compiler", name).with_attr("global_symbol", symbol)


def _with_compiler(s: Side) -> Any:
    x, f = s.relay.var("x", shape=(2,)), s.relay.var("f")
    bound = s.relay.Let(f, _for_compiler(s, "c", "first"), s.relay.Call(f, [s.relay.Call(f, [x])]))
    other = s.relay.Call(_for_compiler(s, "d", "second"), [bound])
    return s.relay.transform.InferType()(s.module.from_expr(s.relay.Function([x], other)))


def _outlined(s: Side) -> Any:
    outline = s.relay.transform.OutlineCompilerFunctionsWithExistingGlobalSymbols("c")
    return outline(_with_compiler(s))


def _marked(s: Side) -> Any:
    return s.relay.transform.MarkCompilerFunctionsAsExtern("c")(_outlined(s))


def _inlined(s: Side) -> Any:
    mod = _outlined(s)
    return s.relay.transform.InlineCompilerFunctionsBoundTo([mod.get_global_var("first")])(mod)


def _lifetimes(s: Side) -> Any:
    x, c = s.relay.var("x", shape=(2,)), s.relay.var("c", shape=(), dtype="bool")
    y, z, w, v = (s.relay.var(name) for name in "yzwv")
    arm = s.relay.Let(v, s.relay.tanh(y), s.relay.add(v, y))
    last = s.relay.Let(w, s.relay.exp(z), s.relay.multiply(w, x))
    body = s.relay.Let(y, s.relay.exp(x), s.relay.Let(z, s.relay.If(c, arm, x), last))
    mod = s.relay.transform.InferType()(s.module.from_expr(s.relay.Function([x, c], body)))
    return s.relay.transform.ManifestLifetimes()(mod)


def _dedup(s: Side) -> Any:
    t = s.relay.TypeVar("t")
    a = s.relay.Var("a", t)
    same, y = s.relay.var("same"), s.relay.var("y")
    x = s.relay.var("x", shape=(2,))
    body = s.relay.Let(y, s.relay.Call(same, [x], None, [x.type_annotation]), s.relay.add(y, y))
    main = s.relay.Function([x], s.relay.Let(same, s.relay.Function([a], a, t, [t]), body))
    return s.module.from_expr(s.internal("dedup")(main))


def _lowered(s: Side) -> Any:
    """``b`` and ``d`` are reshapes of what a lowered call gives, ``e`` is one of a parameter; ``d`` does not say so."""
    types = s.relay.TensorType((2, 4), "float32"), s.relay.TensorType((4, 2), "float32")
    data = [s.relay.var(f"p{n}", types[n // 2]) for n in range(3)]
    functions = {
        s.relay.GlobalVar("exp"): s.relay.Function(data[:1], s.relay.exp(data[0]), types[0]),
        s.relay.GlobalVar("flat"): s.relay.Function(data[1:2], s.relay.reshape(data[1], (4, 2)), types[1]),
        s.relay.GlobalVar("tanh"): s.relay.Function(data[2:], s.relay.tanh(data[2]), types[1]),
    }
    exp, flat, tanh = functions

    def called(function: Any, value: Any, **extra: int) -> Any:
        metadata = {"relay_attrs": s.node("DictAttrs", Primitive=1, **extra)}
        attrs = s.node("relay.attrs.CallLoweredAttrs", metadata=metadata)
        return s.relay.Call(s.relay.op.get("call_lowered"), [function, s.relay.Tuple([value])], attrs)

    reshapes = {"relay.reshape_only": 1}
    x = s.relay.var("x", types[0])
    a, b, c, d, e, f, g = variables = [s.relay.var(name) for name in "abcdefg"]
    values = [
        called(exp, x), called(flat, a, **reshapes), called(tanh, b), called(flat, a),
        called(flat, x, **reshapes), called(tanh, e), s.relay.Tuple([c, d, f]),
    ]  # fmt: skip
    body = g
    for var, value in reversed([*zip(variables, values, strict=True)]):
        body = s.relay.Let(var, s.relay.annotation.on_device(value, "cpu", constrain_result=True), body)
    return s.module({**functions, s.relay.GlobalVar("main"): s.relay.Function([x], body)})


def _without_reshapes(s: Side) -> Any:
    return s.internal("RemoveStandaloneReshapes")()(s.relay.transform.InferType()(_lowered(s)))


CASES: dict[str, Callable[[Side], Any]] = {
    "BatchingOps": _batching_ops,
    "ChangeBatch": _change_batch,
    "Conv2dToSparse": _conv2d_to_sparse,
    "Conv2dToSparse2": _conv2d_to_sparse2,
    "DenseToSparse": _dense_to_sparse,
    "FlexibleShapeDispatch": _flexible,
    "FlexibleShapeDispatch, padded": lambda s: _flexible(s, auto_pad=True, pad_value=1.5),
    "FoldConstantExpr": _fold_constant_expr,
    "InlineCompilerFunctionsBoundTo": _inlined,
    "ManifestLifetimes": _lifetimes,
    "MarkCompilerFunctionsAsExtern": _marked,
    "OutlineCompilerFunctionsWithExistingGlobalSymbols": _outlined,
    "RemoveStandaloneReshapes": _without_reshapes,
    "SimplifyFCTranspose": _simplify_fc_transpose,
    "dedup": _dedup,
    "recast": _recast,
    "recast, layers left out": _recast_skip,
}
