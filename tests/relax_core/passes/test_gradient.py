"""Gradient: adjoints against finite differences in float64, checkpoints, what is refused."""

import numpy as np
import pytest
from relax_run import module, numbers

from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, Function, SeqExpr, VarBinding
from relax_core.passes.gradient import Gradient
from relax_core.passes.op_gradients import REGISTERED, primal_gradient, register_gradient
from relax_core.well_formed import check
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError

STEP = 1e-5

OPS = [
    ("R.add(x, y)", (2, 3), (3,)),
    ("R.subtract(x, y)", (3,), (2, 3)),
    ("R.multiply(x, y)", (2, 3), (2, 1)),
    ("R.divide(x, y)", (2, 3), (3,)),
    ("R.power(R.exp(x), y)", (2, 3), (3,)),
    ("R.maximum(x, y)", (2, 3), (3,)),
    ("R.minimum(x, y)", (3,), (2, 3)),
    ("R.abs(x)", (2, 3)),
    ("R.cos(R.sin(x))", (2, 3)),
    ("R.log(R.exp(R.negative(x)))", (2, 3)),
    ("R.sqrt(R.exp(x))", (2, 3)),
    ("R.sigmoid(R.tanh(x))", (2, 3)),
    ('R.astype(R.astype(x, "float64"), "float32")', (2, 3)),
    ("R.where(R.less(x, y), x, y)", (2, 3), (2, 3)),
    ("R.nn.relu(x)", (2, 3)),
    ("R.nn.silu(x)", (2, 3)),
    ("R.triu(x, 1)", (3, 3)),
    ("R.sum(x, axis=[1])", (2, 3)),
    ("R.mean(x, axis=[0], keepdims=True)", (2, 3)),
    ("R.mean(x, axis=[1, 2])", (2, 3, 2)),
    ("R.variance(x, axis=[-1])", (2, 3)),
    ("R.cumsum(x, axis=1)", (2, 3)),
    ("R.cumsum(x)", (2, 3)),
    ("R.permute_dims(x, axes=[2, 0, 1])", (2, 3, 4)),
    ("R.concat((x, y, x), axis=1)", (2, 3), (2, 1)),
    ("R.split(x, [1, 3], axis=1)[1]", (2, 4)),
    ("R.expand_dims(x, axis=[0, 2])", (2, 3)),
    ("R.reshape(x, R.shape([3, 2]))", (2, 3)),
    ("R.broadcast_to(x, R.shape([4, 2, 3]))", (2, 1)),
    ("R.matmul(x, y)", (2, 3), (3, 4)),
    ("R.matmul(x, y)", (3,), (2, 3, 4)),
    ("R.matmul(x, y)", (2, 2, 3), (3,)),
    ("R.matmul(x, y)", (3,), (3,)),
    ("R.matmul(R.permute_dims(x), R.permute_dims(y))", (3, 2), (4, 3)),
    ("R.nn.softmax(x, axis=1)", (2, 3)),
    ("R.nn.log_softmax(x, axis=0)", (2, 3)),
    ("R.nn.cross_entropy_with_logits(x, y)", (2, 3), (2, 3)),
    ("R.nn.conv2d(x, y, strides=[2, 1], padding=[1, 0, 1, 2])", (1, 2, 5, 6), (3, 2, 3, 2)),
    ("R.nn.conv2d(x, y, groups=2, dilation=[1, 2])", (2, 4, 5, 6), (2, 2, 2, 2)),
    ("R.nn.max_pool2d(x, pool_size=[2, 2], strides=[2, 2], padding=[0, 0, 0, 0])", (1, 2, 4, 4)),
    ("R.nn.avg_pool2d(x, pool_size=[2, 2], strides=[1, 2], padding=[0, 0, 0, 0])", (1, 2, 4, 4)),
    ("R.nn.adaptive_avg_pool2d(x, output_size=[1, 2])", (1, 2, 3, 4)),
    ("R.multiply(R.arange(0.0, 3.0, 1.0), x)", (2, 3)),
    ('R.take(x, R.const([2, 0, 2], "int64"), axis=1)', (2, 3)),
    ('R.nn.nll_loss(x, R.const([2, 0], "int64"), reduction="none", ignore_index=-1)', (2, 3)),
]


def script(expression: str, *shapes: tuple[int, ...]) -> str:
    """A function whose result weighs the elements of an expression differently."""
    params = ", ".join(f'{name}: R.Tensor({shape}, "float32")' for name, shape in zip("xy", shapes, strict=False))
    return f"""
    @R.function
    def main({params}):
        with R.dataflow():
            a = {expression}
            b = R.multiply(R.sin(a), a)
            c = R.add(b, a)
            gv = R.sum(c)
            R.output(gv)
        return gv
    """


def value(given, args, entry="main"):
    return evaluate(given, args, entry, floats="float64")


def differences(given, args):
    """Central differences for every element of every argument."""
    found = []
    for place, arg in enumerate(args):
        made = np.zeros(arg.shape)
        for index in np.ndindex(*arg.shape):
            sides = []
            for sign in (1, -1):
                moved = arg.astype("float64")
                moved[index] += sign * STEP
                sides.append(value(given, [*args[:place], moved, *args[place + 1 :]]))
            made[index] = (sides[0] - sides[1]) / (2 * STEP)
        found.append(made)
    return found


@pytest.mark.parametrize("case", OPS, ids=lambda case: f"{case[0][2:]} {case[1:]}")
def test_adjoints_are_slopes(case):
    expression, *shapes = case
    given = module(script(expression, *shapes))
    rng = np.random.default_rng(0)
    args = [rng.uniform(0.3, 2, shape) * rng.choice([-1, 1], shape) for shape in shapes]
    after = Gradient("main")(given)
    assert not check(after)
    result, adjoints = value(after, args, "main_adjoint")
    np.testing.assert_allclose(result, value(given, args), rtol=1e-12)
    for ours, slopes in zip(adjoints, differences(given, args), strict=True):
        np.testing.assert_allclose(ours, slopes, rtol=1e-5, atol=1e-7)


TUPLES = """
@R.function
def main(x: R.Tuple(R.Tensor((2,), "float32"), R.Tensor((2,), "float32")), y: R.Tensor((2,), "float32")):
    with R.dataflow():
        a = (x, y)
        b = a[0]
        c = b[0]
        d = b[1]
        e = R.multiply(c, d)
        f = R.concat((e, c, y), axis=0)
        g = R.nn.relu(f)
        h = R.multiply(f, g)
        gv = R.sum(h)
        R.output(gv)
    return gv
"""


def test_tuples():
    given = module(TUPLES)
    args = [(np.asarray([1.0, 2]), np.asarray([3.0, -1])), np.asarray([0.5, -2])]
    _, ((c, d), y) = value(Gradient("main")(given), args, "main_adjoint")
    np.testing.assert_allclose(c, [2 * 3 * 3 + 2, 0 + 4])
    np.testing.assert_allclose(d, [2 * 3 * 1, 0])
    np.testing.assert_allclose(y, [1, 0])


SEVERAL = """
@R.function
def main(x: R.Tensor((2,), "float32"), k: R.Tensor((2,), "int32"), z: R.Tensor((2,), "float32")):
    with R.dataflow():
        a = R.multiply(x, x)
        first = R.sum(a)
        gv = R.sum(x)
        R.output(a, first, gv)
    return (gv, a, first)
"""


def test_a_field_of_the_result_and_chosen_variables():
    given = module(SEVERAL)
    function = given["main"]
    assert isinstance(function, Function)
    assert isinstance(function.body, SeqExpr)
    x, _, z = function.params
    inner = function.body.blocks[0].bindings[0].var
    after = Gradient("main", [z, inner, x], target_index=2)(given)
    args = [numbers(2), np.zeros(2, "int32"), numbers(2)]
    result, (none, ones, slope) = evaluate(after, args, "main_adjoint")
    assert len(result) == 3
    np.testing.assert_array_equal(none, [0, 0])
    np.testing.assert_array_equal(ones, [1, 1])
    np.testing.assert_array_equal(slope, [0, 2])


def test_checkpointed_parts_are_computed_again():
    given = module("""
    @R.function
    def main(x: R.Tensor((2,), "float32")):
        with R.dataflow():
            s = R.grad.start_checkpoint(x)
            a = R.exp(s)
            b = R.sin(a)
            c = R.multiply(b, b)
            e = R.grad.end_checkpoint(c)
            gv = R.sum(R.multiply(e, e))
            R.output(gv)
        return gv
    """)
    after = Gradient("main")(given)
    function = after["main_adjoint"]
    assert isinstance(function, Function)
    assert isinstance(function.body, SeqExpr)
    names = [binding.var.name for binding in function.body.blocks[0].bindings]
    assert {"a_cp", "b_cp"} <= set(names)
    assert names.index("a_cp") > names.index("gv_adjoint")
    args = [np.asarray([0.3, 0.7])]
    _, (slope,) = value(after, args, "main_adjoint")
    np.testing.assert_allclose(slope, differences(given, args)[0], rtol=1e-6)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("gv = R.sum(R.floor(x))", codes.NO_GRADIENT, "relax.floor has no gradient"),
        ("gv = R.add(x, x)", codes.BAD_OPTION, "the target must be a float tensor of rank 0"),
        ('gv = R.sum(R.astype(x, "int32"))', codes.BAD_OPTION, "the target must be a float tensor of rank 0"),
    ],
)
def test_what_has_no_gradient_is_said(body, code, message):
    given = module(f"""
    @R.function
    def main(x: R.Tensor((2,), "float32")):
        with R.dataflow():
            {body}
            R.output(gv)
        return gv
    """)
    with pytest.raises(DiagnosticError, match=message) as caught:
        Gradient("main")(given)
    assert caught.value.diagnostics[0].code is code


def test_one_dataflow_block_is_needed():
    given = module('@R.function\ndef main(x: R.Tensor((2,), "float32")):\n    return R.sum(x)')
    with pytest.raises(DiagnosticError, match="one dataflow block"):
        Gradient("main")(given)


def test_operators_get_gradients_of_their_own(monkeypatch):
    monkeypatch.setattr("relax_core.passes.op_gradients.REGISTERED", REGISTERED.copy())
    given = module(script("R.floor(x)", (2,)))

    def straight_through(_var, call, grad, _builder):
        assert isinstance(call, Call)
        return [grad]

    register_gradient("relax.floor", straight_through)
    after = Gradient("main")(given)
    function = after["main_adjoint"]
    assert isinstance(function, Function)
    assert isinstance(function.body, SeqExpr)
    assert all(isinstance(item, VarBinding) for item in function.body.blocks[0].bindings)
    x = np.asarray([0.5, 1.5])
    _, (slope,) = value(after, [x], "main_adjoint")
    floor = np.floor(x)
    np.testing.assert_allclose(slope, np.cos(floor) * floor + np.sin(floor) + 1)


def test_a_long_chain_takes_linear_time():
    lines = "\n".join(f"            a{n + 1} = R.sin(a{n})" for n in range(3000))
    given = module(
        '@R.function\ndef main(a0: R.Tensor((2,), "float32")):\n    with R.dataflow():\n'
        + "\n".join(line.removeprefix("    ") for line in lines.split("\n"))
        + "\n        gv = R.sum(a3000)\n        R.output(gv)\n    return gv"
    )
    after = Gradient("main")(given)
    function = after["main_adjoint"]
    assert isinstance(function, Function)
    assert isinstance(function.body, SeqExpr)
    assert len(function.body.blocks[0].bindings) == 3000 * 3 + 4


def test_gradients_of_operators_are_known_by_name() -> None:
    assert primal_gradient("relax.add") is not None
    assert primal_gradient("relax.nn.softmax") is not None
    assert primal_gradient("my.unknown") is None
    register_gradient("my.own", lambda *_: [])
    try:
        assert primal_gradient("my.own") is REGISTERED["my.own"]
    finally:
        del REGISTERED["my.own"]
