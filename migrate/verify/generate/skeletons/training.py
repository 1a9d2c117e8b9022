"""Steps of training: a loss over parameters, its gradient as Relay's own pass makes it, and an optimiser's updates.

The parameters are kept in references, as training loops keep them: a pass that moves a read over a write shows. The
loss is ``sum(f * w)``, so that no two adjoints of ``f`` are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from migrate.verify.generate.differentiable import differentiable
from migrate.verify.generate.features import Feature, Features
from migrate.verify.generate.functions import define
from migrate.verify.generate.insertion import fitted
from migrate.verify.generate.maker import Maker
from relay_compat.ir.expr import Expr, Function, GlobalVar, Var
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import RefType
from relay_compat.passes.gradient import gradient
from relay_compat.passes.to_a_normal_form import ToANormalForm
from relay_compat.types.infer import infer_types
from tensor_core.shapes import static
from tensor_core.types import TensorType

_SHAPES = ((2, 3), (2,), (3, 2), (1,), (1, 2, 3, 3), (2, 1, 3))
_STRAIGHT: Features = frozenset({Feature.SHARE})
_HIGHER: Features = _STRAIGHT | {Feature.LET, Feature.IF, Feature.TUPLE, Feature.CLOSURE}
"""What a function may hold that is differentiated to first order, and otherwise."""

Lets = list[tuple[Var, Expr]]


def step(m: Maker) -> Expr:
    """One step of an optimiser, or two: the losses before them, and what the parameters are in the end."""
    types = [TensorType(m.choose(_SHAPES), "float32") for _ in range(m.choose((1, 2, 3)))]
    value_and_gradient = _gradient(m, types)
    lets: Lets = []
    params = [_bind(m, lets, m.build.ref(m.leaf(type_))) for type_ in types]
    update = m.choose((_descent, _adam))(m, lets, types)
    losses: list[Expr] = []
    for _ in range(m.choose((1, 2))):
        result = _bind(m, lets, m.build.apply(value_and_gradient, *map(m.build.read, params)))
        losses.append(m.build.field(result, 0))
        gradients = m.build.field(result, 1)
        for n, param in enumerate(params):
            update(n, param, m.build.field(gradients, n))
    made: Expr = m.build.tuple(*losses, *map(m.build.read, params))
    for var, value in reversed(lets):
        made = m.build.let(var, value, made)
    return made


def _gradient(m: Maker, types: Sequence[TensorType]) -> GlobalVar:
    """A global function that gives a loss and its gradient in each parameter."""
    mode = m.choose(("first_order", "higher_order"))
    features = (_STRAIGHT if mode == "first_order" else _HIGHER) & (m.features | _STRAIGHT)
    with m.global_function() as frame, m.restricted(differentiable(), features):
        frame.params += [m.bound("p", type_) for type_ in types]
        frame.open = False
        loss = m.build.function(frame.params, _loss(m, frame.params))
    module = infer_types(IRModule({GlobalVar("main"): loss}))
    if mode == "higher_order":
        module = infer_types(ToANormalForm()(module))
    made = infer_types(IRModule({GlobalVar("main"): gradient(module["main"], mode=mode)}))["main"]
    assert isinstance(made, Function)
    return define(m, "gradient", made)


def _loss(m: Maker, params: Sequence[Var]) -> Expr:
    type_ = TensorType(m.choose(_SHAPES), "float32")
    value = m.expr(type_, max(1, m.left // 2))
    for param in params:
        # Whatever was drawn, it depends on every parameter.
        value = m.build.call(m.choose(("multiply", "add")), value, fitted(m.build, m.choose, param, type_))
    if type_.rank > 1 and m.choices.flag():
        value = _normalised(m, value, type_)
    weighted = m.build.call("multiply", value, m.leaf(type_, constant=True))
    return m.build.call("sum", weighted, axis=tuple(range(type_.rank)), keepdims=False)


def _normalised(m: Maker, value: Expr, type_: TensorType) -> Expr:
    """A batch norm in training: by the statistics of the batch, through which the gradient goes as well."""
    shape = static(type_.shape)
    axes = tuple(axis for axis in range(len(shape)) if axis != 1)
    kept = TensorType(tuple(1 if axis in axes else dim for axis, dim in enumerate(shape)), type_.dtype)
    m.spent += 8
    mean = m.build.call("mean", value, axis=axes, keepdims=True)
    variance = m.build.call("variance_about", value, mean, axis=axes, keepdims=True, unbiased=False)
    deviation = m.build.call("sqrt", m.build.call("add", variance, m.build.constant(0.5, type_.dtype)))
    scaled = m.build.call("divide", m.build.call("subtract", value, mean), deviation)
    gamma, beta = m.expr(kept, 1), m.expr(kept, 1)
    return m.build.call("add", m.build.call("multiply", scaled, gamma), beta)


Update = Callable[[int, Expr, Expr], None]
"""Write what a parameter becomes: its place, the reference, its gradient."""


def _descent(m: Maker, lets: Lets, types: Sequence[TensorType]) -> Update:
    """``p := p - rate * g``."""
    del types
    rate: float = m.choose((0.5, 0.125))

    def update(place: int, param: Expr, slope: Expr) -> None:
        del place
        _move(m, lets, param, m.build.call("multiply", slope, m.build.constant(rate, "float32")))

    return update


def _adam(m: Maker, lets: Lets, types: Sequence[TensorType]) -> Update:
    """Adam without its correction of the first steps: both moments are kept in references."""
    state = [[_bind(m, lets, m.build.ref(_zeros(m, type_))) for _ in range(2)] for type_ in types]

    def number(value: float) -> Expr:
        return m.build.constant(value, "float32")

    def decayed(ref: Expr, new: Expr) -> Expr:
        old = m.build.call("multiply", m.build.read(ref), number(0.75))
        value = m.build.call("add", old, m.build.call("multiply", new, number(0.25)))
        _bind(m, lets, m.build.write(ref, value))
        return m.build.read(ref)

    def update(place: int, param: Expr, slope: Expr) -> None:
        first, second = state[place]
        mean = decayed(first, slope)
        scale = m.build.call("sqrt", decayed(second, m.build.call("multiply", slope, slope)))
        step = m.build.call("divide", mean, m.build.call("add", scale, number(0.5)))
        _move(m, lets, param, m.build.call("multiply", step, number(0.25)))

    return update


def _move(m: Maker, lets: Lets, param: Expr, by: Expr) -> None:
    _bind(m, lets, m.build.write(param, m.build.call("subtract", m.build.read(param), by)))


def _zeros(m: Maker, type_: TensorType) -> Expr:
    return m.build.call("zeros", shape=static(type_.shape), dtype=type_.dtype)


def _bind(m: Maker, lets: Lets, value: Expr) -> Var:
    type_ = m.build.type_of(value)
    var = m.var("r" if isinstance(type_, RefType) else "t", type_)
    lets.append((var, value))
    return var
