"""ForwardFoldScaleAxis: factors along channels go into the weights of the convolution or product that follows.

Relay's pass of this name, on Relax, where TVM has none. First it is worked out, from users to operands, which scales
would find a taker; then multiplications hand theirs on. Within one block, and where all types are floats of known
sizes. Where something is added on the way it is divided by the factor: only by constants without zeros, on which
Relay's pass does not insist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from relax_core.analysis.walk import walk
from relax_core.ir.expr import Binding, BindingBlock, Call, Expr, Function, IRModule, Var, VarBinding
from relax_core.passes.call_lowering import CallLowering, unchanged
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.passes.scale_axis import (
    CONVOLUTIONS,
    SUMS,
    THROUGH,
    Facts,
    Scale,
    called,
    channel_scaling,
    data_layout,
    dims_of,
    is_barrier,
    is_depthwise,
    is_product_with_matrix,
    is_uniform,
    scaled_conv,
    with_weight,
)
from relax_core.visit import with_type
from tensor_core.passes import Contract, Pass, PassContext, PassInfo
from tensor_core.scaling import Scaling, broadcasts_along
from tensor_core.trampoline import Steps


def ForwardFoldScaleAxis() -> Pass:
    """The pass."""
    return folding(RULES)


def folding(rules: Mapping[str, Rule]) -> Pass:
    """The pass with these rules."""

    def fold(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return _Forward(function, relax_release(module), rules).run(function)

    return FunctionPass(PassInfo(0, "ForwardFoldScaleAxis", contract=Contract.REASSOCIATING), fold)


@dataclass(frozen=True, slots=True)
class Rule:
    """What an operator does with scales.

    ``wants(call, wanted)``: the place of the operand that may be scaled, and how, given how its own result may be.
    ``scaled(at, call, place, scale, axes)``: the call on the operand as it was before it was scaled; its result is
    still to be scaled unless the operator ``takes`` the scale.
    """

    wants: Callable[[Call, Scaling | None], tuple[int, Scaling] | None]
    scaled: Callable[[CallLowering, Call, int, Scale, tuple[int, ...]], Call]
    takes: bool = False


def _through(call: Call, wanted: Scaling | None) -> tuple[int, Scaling] | None:
    return None if wanted is None or not dims_of(call) else (0, wanted._replace(positive=True))


def _same_call(at: CallLowering, call: Call, place: int, scale: Scale, axes: tuple[int, ...]) -> Call:
    del at, place, scale, axes
    return call


def _sum(call: Call, wanted: Scaling | None) -> tuple[int, Scaling] | None:
    if wanted is None or not is_uniform(call):
        return None
    sizes = list(map(dims_of, call.args))
    fitting = (place for place in (0, 1) if broadcasts_along(sizes[place], sizes[1 - place], wanted.axes))
    place = next(fitting, None)
    return None if place is None else (place, wanted._replace(divides=True))


def _divided(at: CallLowering, call: Call, place: int, scale: Scale, axes: tuple[int, ...]) -> Call:
    args = list(call.args)
    args[1 - place] = at.op("divide", args[1 - place], scale.along(at, axes, len(dims_of(args[place]))))
    return call.replace(args=tuple(args))


def _convolution(call: Call, wanted: Scaling | None) -> tuple[int, Scaling] | None:
    del wanted
    found = channel_scaling(call, data_layout(call))
    return None if found is None else (0, found)


def _kernel(at: CallLowering, call: Call, place: int, scale: Scale, axes: tuple[int, ...]) -> Call:
    del axes
    return scaled_conv(at, call, call.args[place], scale, "O" if is_depthwise(call) else "I")


def _product(call: Call, wanted: Scaling | None) -> tuple[int, Scaling] | None:
    del wanted
    return (0, Scaling((len(dims_of(call.args[0])) - 1,))) if is_product_with_matrix(call) else None


def _rows(at: CallLowering, call: Call, place: int, scale: Scale, axes: tuple[int, ...]) -> Call:
    del axes
    return with_weight(at, call, call.args[place], scale.along(at, (0,), 2))


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(THROUGH, Rule(_through, _same_call)),
    **dict.fromkeys(SUMS, Rule(_sum, _divided)),
    **dict.fromkeys(CONVOLUTIONS, Rule(_convolution, _kernel, takes=True)),
    "matmul": Rule(_product, _rows, takes=True),
}
"""By the operator's name without "relax."."""


class _Forward(CallLowering):
    def __init__(self, function: Function, release: str, rules: Mapping[str, Rule]) -> None:
        super().__init__(function, unchanged, release)
        self._rules = rules
        self._facts_of = Facts(function)
        self._wanted = self._all_wanted(function)
        self._held: dict[Expr, tuple[Scale, tuple[int, ...]]] = {}

    # ------------------------------------------------------------ which scales are wanted

    def _all_wanted(self, function: Function) -> dict[Expr, Scaling]:
        """How all users of a variable would have it scaled, where they stand in the block that binds it."""
        found: dict[Expr, Scaling] = {}
        for node, done in walk(function):
            if not done and isinstance(node, BindingBlock):
                self._of_block(node, found)
        return found

    def _of_block(self, block: BindingBlock, found: dict[Expr, Scaling]) -> None:
        asked: dict[Expr, list[Scaling]] = {}
        for binding in reversed(block.bindings):
            if is_barrier(binding):
                asked.clear()
            mine = asked.pop(binding.var, [])
            if len(mine) == self._facts_of.uses[binding.var] and len({scaling.axes for scaling in mine}) == 1:
                positive, divides = (any(map(each, mine)) for each in (_is_positive, _is_divided))
                found[binding.var] = Scaling(mine[0].axes, positive, divides)
            call = binding.value if isinstance(binding, VarBinding) else None
            rule = self._rules.get(called(call))
            wants = rule.wants(call, found.get(binding.var)) if rule and isinstance(call, Call) else None
            if wants is not None and isinstance(call, Call):
                place, scaling = wants
                asked.setdefault(call.args[place], []).append(scaling)

    # ------------------------------------------------------------ handing scales on

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """A multiplication whose scale is wanted goes; what is on the way to the taker stands on what was scaled."""
        call = binding.value if isinstance(binding, VarBinding) else None
        if isinstance(call, Call) and called(call) == "multiply" and self._is_handed_on(binding.var, call):
            return ()
        rule = self._rules.get(called(call))
        wants = rule.wants(call, self._wanted.get(binding.var)) if rule and isinstance(call, Call) else None
        if rule is None or wants is None or not isinstance(binding, VarBinding) or not isinstance(call, Call):
            return (yield super().rewrite(binding))
        place, _ = wants
        held = self._held.get(call.args[place])
        plain = self.leaf(call)
        if held is None or not isinstance(plain, Call):
            return (yield super().rewrite(binding))
        value = rule.scaled(self, plain, place, *held)
        if not rule.takes:
            self._held[binding.var] = held
        added, self._added = self._added, []
        return (*added, self.bound(binding, with_type(value.replace(), call)))

    def _is_handed_on(self, var: Var, call: Call) -> bool:
        wanted = self._wanted.get(var)
        if wanted is None:
            return False
        for value, factor in (call.args, call.args[::-1]):
            scale = self._facts_of.scale(value, factor, wanted)
            if scale is not None:
                self.replaced[var] = self.leaf(value)
                self._held[var] = replace(scale, factor=self.leaf(factor)), wanted.axes
                return True
        return False


def _is_positive(scaling: Scaling) -> bool:
    return scaling.positive


def _is_divided(scaling: Scaling) -> bool:
    return scaling.divides
