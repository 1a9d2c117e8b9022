"""What follows a convolution whose layout changes: each operator that has a rule for layouts, on what it gives."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from migrate.verify.generate.insertion import drawn
from migrate.verify.generate.inverses import Plan
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.operators import made
from migrate.verify.generate.productions import PRODUCTIONS
from migrate.verify.generate.skeletons.called import named
from migrate.verify.generate.skeletons.images import first_result, image, windows
from migrate.verify.generate.skeletons.placed import Make
from relay_compat.ir.expr import Expr
from tensor_core.ops.layout import LETTERS
from tensor_core.ops.registry import Card, registry
from tensor_core.types import TensorType

ON_BOTH = (
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "bitwise_not", "cast", "ceil", "cos", "cosh",
    "erf", "exp", "floor", "isfinite", "isinf", "isnan", "log", "logical_not", "negative", "nn.relu",
    "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt", "tan", "tanh", "trunc", "add", "bitwise_and",
    "bitwise_or", "bitwise_xor", "divide", "equal", "floor_divide", "floor_mod", "greater", "greater_equal",
    "left_shift", "less", "less_equal", "logical_and", "logical_or", "logical_xor", "maximum", "minimum", "mod",
    "multiply", "not_equal", "power", "right_shift", "subtract", "nn.adaptive_avg_pool2d", "nn.avg_pool2d",
    "nn.max_pool2d", "max", "mean", "min", "prod", "sum", "concatenate", "image.resize2d", "nn.batch_norm",
    "nn.instance_norm", "nn.layer_norm", "split", "squeeze", "strided_slice", "transpose",
)  # fmt: skip
"""Operators, as Relay calls them, that take what a convolution gives as it comes, on Relay and on Relax."""

RELAY_ONLY = (
    "all", "clip", "copy", "fast_erf", "fast_exp", "fast_tanh", "fixed_point_multiply", "log10", "log2",
    "nn.adaptive_max_pool2d", "nn.global_avg_pool2d", "nn.global_max_pool2d", "nn.l2_normalize", "nn.leaky_relu",
    "nn.pad", "ones_like", "reinterpret", "topk", "trunc_divide", "trunc_mod", "zeros_like",
)  # fmt: skip
RELAX_ONLY = (
    "expand_dims", "gather", "image.resize3d", "nn.adaptive_avg_pool1d", "nn.adaptive_avg_pool3d", "nn.avg_pool1d",
    "nn.avg_pool3d", "nn.dropout", "nn.group_norm", "nn.max_pool1d", "nn.max_pool3d", "nn.prelu", "nn.softmax",
    "repeat", "reverse", "scatter_elements", "scatter_nd", "stack", "tile",
)  # fmt: skip

_SMALL = ("expand_dims", "stack")
"""Operators that add a dimension: their cards draw images of three dimensions, and none of four."""
OF_TWO_RANKS = ("nn.pad", "nn.prelu")
"""Cards whose second operand is of another rank in any case."""

_TRIES = 400
_IMAGES = {
    count: tuple(TensorType(shape, dtype) for shape in shapes for dtype in ("float32", "int32", "bool"))
    for count, shapes in ((1, ((1, 2, 3),)), (2, ((1, 2, 3, 2), (1, 2, 3, 3))), (3, ((1, 2, 2, 3, 2),)))
}
"""By the number of dimensions that windows slide over."""


def behind_convolution(name: str) -> Make:
    """A call of an operator, as its card draws it, whose first operand a convolution gives; the convolution alone where
    no such call is drawn.
    """
    card = registry().by_relay[name]
    count = 1 if name in _SMALL else windows(name)

    def make(m: Maker) -> Expr:
        plan = next((plan for _ in range(_TRIES) if (plan := _plan(m, card, count)) is not None), None)
        if plan is None:
            return image(m, _IMAGES[count][0])
        given = {n: _given(m, plan.operands[n]) for n in _places(card.name)}
        return first_result(m, made(m, card.name, plan, 0, False, given=given))

    return named(name, make)


def _places(card: str) -> tuple[int, ...]:
    """The operands that convolutions give: what takes several tensors follows where all of them come alike."""
    return (0, 2) if card == "scatter_elements" else (0,)


def _given(m: Maker, wanted: Any) -> Any:
    give = partial(image, m)
    return tuple(map(give, cast("tuple[TensorType, ...]", wanted))) if isinstance(wanted, tuple) else give(wanted)


def split_image(m: Maker) -> Expr:
    """Parts of what a convolution gives, all of them at once."""
    given = image(m, TensorType((1, 4, 3, 2), "float32"))
    return m.build.call("split", given, sections=2, axis=m.choose((1, 3)))


def _plan(m: Maker, card: Card, count: int) -> Plan | None:
    """A call on a tensor that can be an image, or on a tuple that begins with one."""
    types = _IMAGES[count]
    pairs = [(row, type_) for row in PRODUCTIONS if row.card == card.name for type_ in types if row.reaches(type_)]
    if pairs and m.choices.flag():
        row, type_ = m.choose(pairs)
        plan = row.inverse(type_, m.choose)
    else:
        plan = drawn(card, m.choose)
    if plan is None or not plan.operands or 0 in plan.values:
        return None
    is_given = all(_is_image(plan.operands[n], count + 2) for n in _places(card.name))
    return plan if is_given and _is_followed(card, plan, count) else None


def _is_image(operand: Any, rank: int) -> bool:
    fields = cast("tuple[Any, ...]", operand) if isinstance(operand, tuple) else (operand,)
    images = [field for field in fields if isinstance(field, TensorType) and field.rank == rank and all(field.shape)]
    return len(images) == len(fields) > 0


def _is_followed(card: Card, plan: Plan, count: int) -> bool:
    """Whether both IRs follow in such a call: one in the layout of the convolution, along axes that it names, and of
    operands of one rank, where Relay follows the larger one and Relax the smaller one.
    """
    if any(plan.params.get(name) not in (None, "", f"NC{LETTERS[count]}") for name in ("layout", "out_layout")):
        return False
    if card.name == "scatter_nd":
        # Images are counted by one index, and every update is a whole one.
        _, indices, updates = _tensors(plan)
        return indices.shape[0] == 1 and updates.rank == count + 2
    if card.name in ("max", "mean", "min", "prod", "sum", "all"):
        axes = plan.params.get("axis")
        return isinstance(axes, tuple) and 0 < len(cast("tuple[int, ...]", axes)) < 4 and not plan.params.get("exclude")
    return card.name in OF_TWO_RANKS or len(card.inputs) != 2 or len({each.rank for each in _tensors(plan)}) == 1


def _tensors(plan: Plan) -> list[TensorType]:
    return [each for each in plan.operands if isinstance(each, TensorType)]


FOLLOWERS = (*map(behind_convolution, (*ON_BOTH, *RELAY_ONLY, *RELAX_ONLY)), split_image)
ON_RELAY = frozenset(registry().by_relay[name].name for name in (*ON_BOTH, *RELAY_ONLY))
ON_RELAX = frozenset(registry().by_relay[name].name for name in (*ON_BOTH, *RELAX_ONLY))
"""The cards of those that follow."""
