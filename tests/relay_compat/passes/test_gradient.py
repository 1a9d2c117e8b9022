"""Gradients against finite differences: the ops' own, and those of every construct of the language."""

from typing import Any

import numpy as np
import pytest

from relay_compat.interpret import evaluate
from relay_compat.ir.expr import Call, Expr, Function, Op, TupleGetItem, Var, op
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import TensorType
from relay_compat.op_attributes import TempOpAttr
from relay_compat.passes.gradient import gradient
from relay_compat.passes.op_gradients import HOOK
from relay_compat.text.parser import parse
from relay_compat.types.infer import infer_types
from relay_compat.visit import reachable
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError

T = "Tensor[(2, 3), float64]"
SHAPE = (2, 3)
STEP = 1e-5
MODES = ("higher_order", "first_order")

ONE = [
    "%x", "exp(%x)", "log(%x)", "log2(%x)", "log10(%x)", "sqrt(%x)", "tanh(%x)", "sigmoid(%x)", "erf(%x)", "sin(%x)",
    "cos(%x)", "tan(%x)", "asin(%x)", "acos(%x)", "atan(%x)", "sinh(%x)", "cosh(%x)", "asinh(%x)", "atanh(%x)",
    "acosh(add(%x, 1f64))", "abs(%x)", "negative(%x)", "nn.relu(subtract(%x, 0.5f64))", "copy(%x)",
    "clip(%x, a_min=0f, a_max=1f)", 'exp(cast(%x, dtype="float64"))',
    "sum(%x)", "sum(%x, axis=[1])", "sum(%x, axis=[0], exclude=True, keepdims=True)", "mean(%x, axis=[0])", "mean(%x)",
    "max(%x, axis=[1])", "max(%x)", "variance(%x, mean(%x, axis=[1], keepdims=True), axis=[1])",
    "nn.softmax(%x)", "nn.log_softmax(%x, axis=0)", "nn.batch_flatten(%x)", "reshape(%x, newshape=[3, 2])",
    "transpose(%x, axes=None)", "expand_dims(%x, axis=1, num_newaxis=2)", "squeeze(expand_dims(%x, axis=0))",
    "take(%x, 1, axis=1)", "take(%x, 2)", "strided_slice(%x, begin=[0, 1], end=[2, 3], strides=[1, 1], axes=None)",
]  # fmt: skip
TWO = [
    "add(%x, %y)", "subtract(%x, %y)", "multiply(%x, %y)", "divide(%x, %y)", "concatenate((%x, %y), axis=1)",
    "stack((%x, %y), axis=1)", "where(less_equal(%x, %y), %x, multiply(%x, %y))", "nn.dense(%x, %y, units=None)",
    "nn.matmul(%x, %y, units=None, transpose_b=True)", "nn.matmul(%x, %y, units=None, transpose_a=True)",
    "add(%x, sum(%y, axis=[0]))", "nn.bias_add(%x, sum(%y, axis=[0]))", "(multiply(%x, %y), %x)",
    "nn.cross_entropy(%x, %y)", "nn.cross_entropy_with_logits(%x, %y)",
    "nn.batch_matmul(expand_dims(%x, axis=0), expand_dims(%y, axis=0), transpose_b=True)",
]  # fmt: skip
CONSTRUCTS = [
    f"def @main(%x: {T}) {{ let %y = exp(%x); tanh(%y) }}",
    f"def @main(%x: {T}) {{ let %f = fn (%y: {T}) -> {T} {{ exp(%y) }}; %f(%f(%x)) }}",
    f"def @main(%x: {T}) {{ let %r = ref(%x); let %u = ref_write(%r, exp(ref_read(%r))); ref_read(%r) }}",
    f"def @f(%x: {T}) -> {T} {{ sin(%x) }}\ndef @main(%x: {T}) -> {T} {{ @f(@f(%x)) }}",
    f"def @main(%x: {T}) {{ if (True) {{ exp(%x) }} else {{ %x }} }}",
    f"def @main(%x: {T}) {{ let %t = (exp(%x), (sin(%x), %x)); %t.0 }}",
    "type Box[A] { Full(A), Empty, }\n"
    f"def @main(%x: {T}) {{ let %b = Full(exp(%x));"
    " match (%b) { Full(%z) => { sin(%z) }, Empty => { %x }, } }",
]


def module_of(text: str) -> IRModule:
    module = parse(f'#[version = "0.0.5"]\n{text}')
    assert isinstance(module, IRModule)
    return module


def total(value: Any, mode: str) -> float:
    """What is differentiated: the sum of the first leaf, or in first order of all leaves."""
    if isinstance(value, tuple):
        return sum(total(part, mode) for part in (value if mode == "first_order" else value[:1]))
    return float(np.sum(value))


def numeric(module: IRModule, args: list[np.ndarray], mode: str) -> list[np.ndarray]:
    result = []
    for place, arg in enumerate(args):
        found = np.zeros_like(arg)
        for index in np.ndindex(arg.shape):
            values = []
            for sign in (1, -1):
                moved = [np.array(other) for other in args]
                moved[place][index] += sign * STEP
                values.append(total(evaluate(module, moved), mode))
            found[index] = (values[0] - values[1]) / (2 * STEP)
        result.append(found)
    return result


def with_gradient(module: IRModule, mode: str = "higher_order") -> IRModule:
    if len(module.functions) > 1:
        derived = gradient(module.get_global_var("main"), module)
    else:
        derived = gradient(module["main"], mode=mode)
    result = module.copy()
    result["main"] = derived
    return infer_types(result)


def check(text: str, *args: np.ndarray, mode: str = "higher_order") -> None:
    module = module_of(text)
    value, gradients = evaluate(with_gradient(module, mode), args)
    assert total(value, mode) == pytest.approx(total(evaluate(module, args), mode))
    for found, expected in zip(gradients, numeric(module, list(args), mode), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def arrays(count: int) -> list[np.ndarray]:
    generator = np.random.default_rng(7)
    return [generator.uniform(0.2, 0.9, SHAPE) for _ in range(count)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("body", ONE)
def test_of_one(body: str, mode: str) -> None:
    check(f"def @main(%x: {T}) {{ {body} }}", *arrays(1), mode=mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("body", TWO)
def test_of_two(body: str, mode: str) -> None:
    check(f"def @main(%x: {T}, %y: {T}) {{ {body} }}", *arrays(2), mode=mode)


IMAGE = "Tensor[(1, 2, 5, 5), float64]"
WINDOWS = [
    "nn.max_pool2d(%x, pool_size=[2, 2], strides=[2, 2], padding=[0, 0, 1, 1])",
    "nn.avg_pool2d(%x, pool_size=[3, 3], padding=[1, 1, 1, 1])",
    "nn.avg_pool2d(%x, pool_size=[2, 3], padding=[0, 1, 1, 0], count_include_pad=True)",
    "nn.global_avg_pool2d(%x)",
    "nn.adaptive_avg_pool2d(%x, output_size=[1, 5])",
]
CONVOLUTION = "nn.conv2d(%x, %w, padding=[1, 0, 1, 0], strides=[2, 1], groups=GROUPS, channels=4, kernel_size=[3, 3])"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("body", WINDOWS)
def test_of_windows(body: str, mode: str) -> None:
    x = np.random.default_rng(3).permutation(50).reshape(1, 2, 5, 5) / 10
    check(f"def @main(%x: {IMAGE}) {{ {body} }}", x, mode=mode)


@pytest.mark.parametrize("mode", MODES)
def test_of_one_hot_with_equal_values_of_another_type(mode: str) -> None:
    body = 'one_hot(2, %x, %y, depth=4, axis=-1, dtype="float64")'
    module = module_of(f"def @main(%x: float32, %y: float32) {{ {body} }}")
    value = np.asarray(0.5, np.float32)
    _, (on, off) = evaluate(with_gradient(module, mode), [value, value])
    assert (on, off) == (1.0, 3.0)
    assert on.dtype == off.dtype == np.float32


@pytest.mark.parametrize("groups", [1, 2])
def test_of_convolutions(groups: int) -> None:
    generator = np.random.default_rng(3)
    weight = f"Tensor[(4, {2 // groups}, 3, 3), float64]"
    body = CONVOLUTION.replace("GROUPS", str(groups))
    x, w = generator.normal(size=(1, 2, 5, 5)), generator.normal(size=(4, 2 // groups, 3, 3))
    check(f"def @main(%x: {IMAGE}, %w: {weight}) {{ {body} }}", x, w)


@pytest.mark.parametrize("text", CONSTRUCTS)
def test_of_constructs(text: str) -> None:
    check(text, *arrays(1))


SMOOTH = [
    "multiply(multiply(%x, %x), %x)", "exp(%x)", "log(%x)", "sqrt(%x)", "tanh(%x)", "sigmoid(%x)", "erf(%x)", "sin(%x)",
    "cos(%x)", "tan(%x)", "asin(%x)", "acos(%x)", "atan(%x)", "sinh(%x)", "cosh(%x)", "asinh(%x)", "atanh(%x)",
    "divide(exp(%x), %x)", "power(%x, %x)", "subtract(exp(%x), sum(%x, axis=[0]))", "nn.softmax(%x)",
    "nn.log_softmax(exp(%x), axis=0)", "nn.dense(%x, %x, units=None)", "exp(mean(%x, axis=[1], keepdims=True))",
    "nn.matmul(%x, %x, units=None, transpose_a=True)", "nn.cross_entropy(%x, exp(%x))",
    "reshape(exp(%x), newshape=[3, 2])", "where(less(%x, %x), %x, exp(%x))", "cumsum(exp(%x), axis=1)",
    "nn.batch_matmul(expand_dims(%x, axis=0), expand_dims(exp(%x), axis=0), transpose_b=True)",
    "nn.bias_add(exp(%x), sum(multiply(%x, %x), axis=[0]))", "transpose(exp(%x), axes=None)",
    "concatenate((exp(%x), multiply(%x, %x)), axis=1)", "stack((exp(%x), %x), axis=0)", "take(exp(%x), 1, axis=1)",
    "variance(%x, mean(%x, axis=[1], keepdims=True), axis=[1])", "clip(exp(%x), a_min=0f, a_max=2f)",
]  # fmt: skip


@pytest.mark.parametrize("body", SMOOTH)
def test_second_order(body: str) -> None:
    """The gradient of the sum of a gradient's elements is the slope of that sum."""
    module = module_of(f"def @main(%x: {T}) {{ {body} }}")
    first = with_gradient(module)["main"]
    y = Var("y", TensorType(SHAPE, "float64"))
    weighed = Call(op("multiply"), (TupleGetItem(TupleGetItem(Call(first, (y,)), 1), 0), y))
    of_gradient = infer_types(IRModule.from_expr(Function((y,), weighed)))
    (x,) = arrays(1)
    _, (found,) = evaluate(with_gradient(of_gradient), [x])
    (expected,) = numeric(of_gradient, [x], "higher_order")
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_checkpoint_gives_the_same_gradient() -> None:
    check(f"def @main(%x: {T}) {{ tanh(annotation.checkpoint(exp(sin(%x)))) }}", *arrays(1))


def test_a_node_of_the_result_is_not_computed_twice() -> None:
    """First order: one forward product and one for each factor's adjoint, however often the product is used."""
    module = module_of(f"def @main(%x: {T}, %y: {T}) {{ %0 = nn.dense(%x, %y, units=None); add(%0, %0) }}")
    derived = gradient(module["main"], mode="first_order")
    products = [node for node in reachable(derived) if isinstance(node, Call) and node.op is op("nn.dense")]
    assert len(products) == 3


def test_a_registered_gradient_comes_first() -> None:
    def squared(call: Call, seed: Expr) -> list[Expr]:
        product = Call(op("multiply"), (seed, seed))
        product.memo("checked", call.checked_type)
        return [product]

    module = module_of(f"def @main(%x: {T}) {{ exp(%x) }}")
    with TempOpAttr("exp", HOOK, squared):
        derived = gradient(module["main"], mode="first_order")
    named = [node.op.name for node in reachable(derived) if isinstance(node, Call) and isinstance(node.op, Op)]
    assert "multiply" in named
    assert named.count("exp") == 1


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        ("floor(%x)", codes.NO_GRADIENT, "floor"),
        ("%0 = exp(%x); add(%0, %0)", codes.ILL_FORMED, "twice"),
    ],
)
def test_what_has_no_gradient_is_named(body: str, code: Any, told: str) -> None:
    module = module_of(f"def @main(%x: Tensor[(1, 2, 3, 3), float32]) {{ {body} }}")
    with pytest.raises(DiagnosticError, match=told) as caught:
        gradient(module["main"])
    assert caught.value.diagnostics[0].code is code


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            """type Shape { Point, Square(float32) }
def @main(%x: float32) { match (Point) { Square(%side) => { %side }, _ => { %x } } }""",
            "Square takes tensors",
        ),
        ("def @main(%x: Tensor[(2, ?), float32]) { sum(take(%x, 1, axis=0)) }", "dimensions that are known"),
        (
            "def @main(%x: Tensor[(1, ?, ?), float32], %y: Tensor[(?, 3), float32]) { nn.dense(%x, %y, units=3) }",
            "dimensions that are known",
        ),
    ],
)
def test_what_has_no_place_or_no_size_for_an_adjoint_is_refused(text: str, told: str) -> None:
    # Found by a campaign: the gradient was made, and failed when it was typed or run.
    module = module_of(text)
    with pytest.raises(DiagnosticError, match=told) as caught:
        gradient(module["main"], module)
    assert caught.value.diagnostics[0].code is codes.NO_GRADIENT


def test_depth_is_no_limit() -> None:
    lines = [f"let %v{n + 1} = tanh(%v{n});" for n in range(3000)]
    module = module_of(f"def @main(%v0: {T}) {{ {' '.join(lines)} %v3000 }}")
    assert gradient(module["main"]).ret_type is not None


def test_the_first_leaf_of_a_result_is_what_is_differentiated():
    text = f"""#[version = "0.0.5"]
def @main(%x: {T}) {{ (multiply(%x, %x), (sum(%x), 1)) }}
"""
    made = infer_types(IRModule.from_expr(gradient(infer_types(parse(text))["main"])))
    x = np.arange(6.0).reshape(SHAPE)
    found: Any = evaluate(made, [x])
    np.testing.assert_array_equal(found[1][0], 2 * x)
