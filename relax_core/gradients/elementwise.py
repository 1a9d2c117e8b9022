"""Gradients of operators that work element by element."""

from __future__ import annotations

from relax_core.gradients.table import Step, gradient
from relax_core.ir.expr import Expr


@gradient("relax.add")
def add(step: Step) -> list[Expr]:
    """z = x + y."""
    x, y = step.call.args
    return [step.fit(step.grad, x), step.fit(step.grad, y)]


@gradient("relax.subtract")
def subtract(step: Step) -> list[Expr]:
    """z = x - y."""
    x, y = step.call.args
    return [step.fit(step.grad, x), step.fit(step.op("negative", step.grad), y)]


@gradient("relax.multiply")
def multiply(step: Step) -> list[Expr]:
    """z = x y."""
    x, y = step.call.args
    return [step.fit(step.op("multiply", step.grad, y), x), step.fit(step.op("multiply", step.grad, x), y)]


@gradient("relax.divide")
def divide(step: Step) -> list[Expr]:
    """z = x / y: the second is -g z / y."""
    x, y = step.call.args
    first = step.fit(step.op("divide", step.grad, y), x)
    falling = step.op("multiply", step.op("negative", step.grad), step.var)
    return [first, step.fit(step.op("divide", falling, y), y)]


@gradient("relax.power")
def power(step: Step) -> list[Expr]:
    """z = x ** y; the second makes sense for positive x."""
    x, y = step.call.args
    less = step.op("power", x, step.op("subtract", y, step.const(1, y)))
    first = step.op("multiply", step.op("multiply", step.grad, y), less)
    first = step.fit(first, x)
    second = step.op("multiply", step.op("multiply", step.grad, step.var), step.op("log", x))
    return [first, step.fit(second, y)]


def _choice(step: Step, first: str, second: str) -> list[Expr]:
    x, y = step.call.args
    zero = step.const(0, x)
    left = step.fit(step.op("where", step.op(first, x, y), zero, step.grad), x)
    return [left, step.fit(step.op("where", step.op(second, x, y), zero, step.grad), y)]


@gradient("relax.maximum")
def maximum(step: Step) -> list[Expr]:
    """Equal elements give all to the first."""
    return _choice(step, "less", "greater_equal")


@gradient("relax.minimum")
def minimum(step: Step) -> list[Expr]:
    """Equal elements give all to the second."""
    return _choice(step, "greater_equal", "less")


@gradient(
    "relax.equal", "relax.greater", "relax.greater_equal", "relax.less", "relax.less_equal", "relax.not_equal"
)  # fmt: skip
def comparison(step: Step) -> list[Expr]:
    """Comparisons have none."""
    return [step.no_grad(arg) for arg in step.call.args]


@gradient("relax.abs")
def absolute(step: Step) -> list[Expr]:
    """The gradient at 0 is 1."""
    (x,) = step.call.args
    zero, one = step.const(0, x), step.const(1, x)
    sign = step.op("where", step.op("less", x, zero), step.op("negative", one), one)
    return [step.op("multiply", step.grad, sign)]


@gradient("relax.cos")
def cos(step: Step) -> list[Expr]:
    """-g sin x."""
    return [step.op("multiply", step.op("negative", step.grad), step.op("sin", step.call.args[0]))]


@gradient("relax.exp")
def exp(step: Step) -> list[Expr]:
    """g y."""
    return [step.op("multiply", step.grad, step.var)]


@gradient("relax.log")
def log(step: Step) -> list[Expr]:
    """g / x."""
    return [step.op("divide", step.grad, step.call.args[0])]


@gradient("relax.negative")
def negative(step: Step) -> list[Expr]:
    """-g."""
    return [step.op("negative", step.grad)]


@gradient("relax.sigmoid")
def sigmoid(step: Step) -> list[Expr]:
    """g y (1 - y)."""
    rest = step.op("subtract", step.const(1, step.call.args[0]), step.var)
    return [step.op("multiply", step.op("multiply", step.grad, step.var), rest)]


@gradient("relax.sin")
def sin(step: Step) -> list[Expr]:
    """g cos x."""
    return [step.op("multiply", step.grad, step.op("cos", step.call.args[0]))]


@gradient("relax.sqrt")
def sqrt(step: Step) -> list[Expr]:
    """g / (2 y)."""
    half = step.const(0.5, step.call.args[0])
    return [step.op("divide", step.op("multiply", half, step.grad), step.var)]


@gradient("relax.tanh")
def tanh(step: Step) -> list[Expr]:
    """g (1 - y y)."""
    one = step.const(1, step.call.args[0])
    return [step.op("multiply", step.grad, step.op("subtract", one, step.op("multiply", step.var, step.var)))]


@gradient("relax.astype")
def astype(step: Step) -> list[Expr]:
    """The adjoint in the argument's element type."""
    return [step.op("astype", step.grad, step.tensor(step.call.args[0]).dtype)]


@gradient("relax.where")
def where(step: Step) -> list[Expr]:
    """The condition has none."""
    condition, x, y = step.call.args
    zeros = step.const(0, x), step.const(0, y)
    return [
        step.no_grad(condition),
        step.op("where", condition, step.grad, zeros[0]),
        step.op("where", condition, zeros[1], step.grad),
    ]


@gradient("relax.nn.relu")
def relu(step: Step) -> list[Expr]:
    """The gradient at 0 is 1."""
    (x,) = step.call.args
    zero = step.const(0, x)
    return [step.op("where", step.op("less", x, zero), zero, step.grad)]


@gradient("relax.nn.silu")
def silu(step: Step) -> list[Expr]:
    """With s = sigmoid x: g (s + y (1 - s))."""
    (x,) = step.call.args
    squashed = step.op("sigmoid", x)
    rest = step.op("multiply", step.var, step.op("subtract", step.const(1, x), squashed))
    return [step.op("multiply", step.grad, step.op("add", squashed, rest))]
