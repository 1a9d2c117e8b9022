"""Operators that take what a convolution gives, whatever its rank and element type, at any of their operands."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any, cast

from migrate.verify.generate import domains
from migrate.verify.generate.insertion import drawn
from migrate.verify.generate.inverses import Plan
from migrate.verify.generate.maker import Maker
from migrate.verify.generate.operators import made
from migrate.verify.generate.productions import PRODUCTIONS
from migrate.verify.generate.skeletons.called import named
from migrate.verify.generate.skeletons.images import first_result, image, windows
from migrate.verify.generate.skeletons.placed import Make
from relay_compat.ir.expr import Expr
from relay_compat.layouts.broadcast import elementwise
from relay_compat.layouts.table import RULES
from tensor_core.ops.registry import Card, registry
from tensor_core.shapes import is_static
from tensor_core.types import TensorType, leaves

_TRIES = 400
_ALIKE = frozenset(name for name, rule in RULES.items() if rule is elementwise)
"""Operators of which the rule says that all operands and results have the layout of the first operand."""
_ALONG_AXES = (
    "nn.batch_norm", "nn.instance_norm", "nn.l2_normalize", "nn.layer_norm", "slice_like", "squeeze", "topk",
    "variance",
)  # fmt: skip
_ADDED = 2
"""How many squares are added up whose sum has the same bits in any order."""
_OF_ONE_RANK = ("slice_like", "variance")
_OF_ONE_GRID = ("qnn.add", "qnn.mul", "qnn.subtract")
_AXES_STAY = ("fixed_point_multiply_per_axis", "vm.reshape_tensor", "vm.shape_of")
_IN_BLOCKS = {1: 0, 2: 0, 4: 1}
"""By rank, the dimension of an image that AlterOpLayout puts in blocks."""


def taking_convolution(name: str) -> Make:
    """A call of an operator, as its card draws it, one or all of whose operands convolutions give: such a call of which
    TVM 0.19's rule for layouts is right, or one of convolutions that have other layouts from the beginning. The
    convolution alone where no such call is drawn.
    """
    card = registry().by_relay[name]

    def make(m: Maker) -> Expr:
        for _ in range(_TRIES):
            plan = drawn(card, m.choose)
            places = [n for n in range(len(plan.operands)) if _is_image(plan, n)] if plan else []
            if plan is None or not places or not _follows(name, plan):
                continue
            chosen = places if m.choices.flag() else [m.choose(places)]
            return first_result(m, _call(m, card, plan, chosen, is_left=0 in chosen and _is_mistaken(name, plan)))
        return image(m, TensorType((1, 2, 3, 2), "float32"))

    return named(name, make)


def asked(name: str) -> Make:
    """A call of an operator of which layouts can be asked, in any layouts without blocks, or in plain ones."""
    card, count = registry().by_relay[name], windows(name)
    type_ = TensorType((1, 2, 3, 2, 3)[: count + 2], "float32")
    rows = [row for row in PRODUCTIONS if row.card == card.name and row.reaches(type_)]

    def make(m: Maker) -> Expr:
        for _ in range(_TRIES):
            is_drawn = not rows or m.choices.flag()
            plan = drawn(card, m.choose) if is_drawn else m.choose(rows).inverse(type_, m.choose)
            if plan is not None and not _is_in_blocks(plan):
                return made(m, card.name, plan, 0, False)
        return image(m, type_)

    return named(name, make)


def _is_in_blocks(plan: Plan) -> bool:
    """Whether a layout is of blocks, whose channels TVM 0.19 does not count."""
    texts = [value for key, value in plan.params.items() if key.endswith("layout") and isinstance(value, str)]
    return any(not text.isalpha() or not text.isupper() for text in texts if text)


def _follows(name: str, plan: Plan) -> bool:
    """Whether TVM 0.19's rule is right of such a call: of windows over images in their plain layout, along a dimension
    that is not in blocks, of operands of one rank, of numbers on one grid.
    """
    first: Any = plan.operands[0]
    if name in _ALIKE and isinstance(first, tuple):
        return False
    stated = [plan.params[key] for key in ("layout", "out_layout") if plan.params.get(key)]
    if any(not text.startswith("NC") or not text.isupper() for text in stated):
        return False
    if name in _OF_ONE_RANK and first.rank != cast("TensorType", plan.operands[1]).rank:
        return False
    if name == "variance" and prod(first.shape[int(axis)] for axis in plan.params["axis"] or ()) > _ADDED:
        return False
    if name in _ALONG_AXES or (name == "split" and isinstance(plan.params["sections"], int)):
        named = next((plan.params[key] for key in ("channel_axis", "axes", "axis") if key in plan.params), None)
        axes = (named,) if isinstance(named, int) else named
        is_blocked = axes is None or _IN_BLOCKS.get(first.rank) in {int(axis) % first.rank for axis in axes}
        return not is_blocked and not plan.params.get("exclude")
    if name in ("argmax", "argmin"):
        # Of several dimensions, places are counted in their order.
        return len(plan.params["axis"] or ()) == 1 and not plan.params.get("exclude")
    grids: Any = plan.operands[2:]
    return name not in _OF_ONE_GRID or not any(each.rank for each in grids)


def _is_mistaken(name: str, plan: Plan) -> bool:
    """Whether the rule says what the first operand has of operands and results of other ranks, or leaves axes or
    sizes as they were.
    """
    if name in _AXES_STAY:
        return True
    if name not in _ALIKE:
        return False
    card = registry().by_relay[name]
    types: Any = plan.operands
    result = card.infer(card.params(**plan.params), *types)
    return len({each.rank for each in (*types, *leaves(result)) if isinstance(each, TensorType)}) > 1


def _call(m: Maker, card: Card, plan: Plan, places: Sequence[int], is_left: bool) -> Expr:
    given: dict[int, Any] = {}
    for place in places:
        wanted: Any = plan.operands[place]
        give = partial(image, m, domain=domains.asked(card.name, plan, place, None), is_left=is_left)
        fields = cast("tuple[TensorType, ...]", wanted)
        given[place] = tuple(map(give, fields)) if isinstance(wanted, tuple) else give(wanted)
    return made(m, card.name, plan, 0, False, given=given)


def _is_image(plan: Plan, place: int) -> bool:
    operand: Any = plan.operands[place]
    fields = cast("tuple[TensorType, ...]", operand) if isinstance(operand, tuple) else (operand,)
    return place not in plan.values and bool(fields) and all(map(_can_be_given, fields))


def _can_be_given(type_: Any) -> bool:
    return isinstance(type_, TensorType) and 0 < type_.rank < 6 and is_static(type_.shape) and all(type_.shape)
