"""FoldScaleAxis on both sides, in either direction, and its promise: what could take a factor has none beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from migrate.passes.bridges import Transform, typed
from migrate.passes.ports.seen import Seen, is_constant, operators, sizes
from migrate.reading import is_relax
from migrate.verify.generate.skeletons.placed import Make
from migrate.verify.generate.skeletons.scaling import BEFORE, BEHIND
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.passes.backward_fold_scale_axis import BackwardFoldScaleAxis as RelaxBackwardFoldScaleAxis
from relax_core.passes.fold_scale_axis import FoldScaleAxis as RelaxFoldScaleAxis
from relax_core.passes.forward_fold_scale_axis import ForwardFoldScaleAxis as RelaxForwardFoldScaleAxis
from relay_compat.passes.backward_fold_scale_axis import BackwardFoldScaleAxis
from relay_compat.passes.fold_scale_axis import FoldScaleAxis
from relay_compat.passes.forward_fold_scale_axis import ForwardFoldScaleAxis
from tensor_core.module import IRModule
from tensor_core.passes import Contract, Pass, PassContext


def ports() -> Iterator[PortedPass]:
    """The passes."""
    yield _port(BackwardFoldScaleAxis(), RelaxBackwardFoldScaleAxis(), scaled_behind, BEHIND)
    yield _port(ForwardFoldScaleAxis(), RelaxForwardFoldScaleAxis(), scaled_before, BEFORE)
    yield _port(FoldScaleAxis(), RelaxFoldScaleAxis(), _either, (*BEFORE, *BEHIND))


def _port(relay: Pass, relax: Pass, promise: Callable[[IRModule], str], around: Sequence[Make]) -> PortedPass:
    return PortedPass(
        relay.info.name, _whole(typed(relay)), _whole(relax), promise, contract=Contract.REASSOCIATING,
        skeletons=tuple(map(Skeleton, around)),
    )  # fmt: skip


def _whole(transform: Transform) -> Transform:
    """FoldScaleAxis is a sequence, which leaves out what the context's level does not reach."""

    def run(module: IRModule) -> IRModule:
        with PassContext(opt_level=3):
            return transform(module)

    return run


def scaled_behind(module: IRModule) -> str:
    """Names what has a weight and is multiplied by a constant for each channel; empty when nothing is."""
    for call in operators(module):
        for place in (0, 1) if call.name == "multiply" else ():
            taker = (
                _reached(call.inner(place), _weighed(module), _is_positive(call.args[1 - place]))
                if _is_factor(call, 1 - place)
                else None
            )
            if taker is not None and _takes_factors(taker):
                return f"a factor behind {taker.name} is left"
    return ""


def scaled_before(module: IRModule) -> str:
    """Names what has a weight and takes what is multiplied by a constant for each channel; empty when nothing does."""
    for call in operators(module):
        for sign in (True, False) if call.name in _weighed(module) and _takes_factors(call) else ():
            product = _reached(call.inner(0), ("multiply",), sign)
            factors = [place for place in (0, 1) if product is not None and _is_factor(product, place)]
            if product is not None and any(_is_positive(product.args[place]) or not sign for place in factors):
                return f"a factor before {call.name} is left"
    return ""


def _either(module: IRModule) -> str:
    return scaled_before(module) or scaled_behind(module)


_WEIGHED = ("nn.conv2d", "nn.conv3d", "nn.dense", "matmul")
_ON_RELAX = (*_WEIGHED, "nn.conv1d")
"""Relay's version leaves convolutions along one dimension alone."""
_BETWEEN = {"nn.relu": 1, "nn.leaky_relu": 1, "nn.bias_add": 1, "add": 2, "subtract": 2}
"""How many operands of each may be scaled."""
_SIGNED = ("nn.relu", "nn.leaky_relu")


def _weighed(module: IRModule) -> Sequence[str]:
    return _ON_RELAX if is_relax(module) else _WEIGHED


def _reached(start: Seen | None, names: Sequence[str], positive: bool) -> Seen | None:
    """The first call of an operator that is reached through what factors go through, such as are ``positive``."""
    pending = [start]
    while pending:
        call = pending.pop()
        if call is not None and call.name in names:
            return call
        if call is not None and (positive or call.name not in _SIGNED):
            pending += [call.inner(place) for place in range(_BETWEEN.get(call.name, 0))]
    return None


def _takes_factors(call: Seen) -> bool:
    """Whether a weight is one of all channels, or of each by itself; those of groups stay as they are."""
    groups = call.attrs.get("groups", 1)
    if groups == 1:
        return True
    axis = str(call.attrs.get("data_layout", "NC")).index("C")
    counts = {shape[axis] for shape in map(sizes, (call.args[0], call.node)) if shape is not None}
    return counts == {groups}


def _is_positive(factor: Any) -> bool:
    return bool((factor.data >= 0).all())


def _is_factor(call: Seen, place: int) -> bool:
    """Whether an operand is a constant number, or one for each channel, as programs are generated."""
    mine, whole = sizes(call.args[place]), sizes(call.node)
    if mine is None or whole is None or not is_constant(call.args[place]):
        return False
    return mine == () or mine == (*whole[1:2], *(1 for _ in whole[2:]))
