"""BackwardFoldScaleAxis: factors along channels go into the weights of the convolution or product before them.

Relay's pass of this name, on Relax, where TVM has none. First it is worked out, from operands to users, which values
could be scaled at their origin; then each multiplication sends its scale there, and what leads there from it is
computed in its place. Within one block, of values that are used once, and where all types are floats of known sizes.
Of two values that are added, each says whether its scale must be positive; Relay's pass asks the left one only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

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
    dims_of,
    is_barrier,
    is_product_with_matrix,
    is_uniform,
    out_layout,
    scaled_conv,
    with_weight,
)
from relax_core.visit import with_type
from tensor_core.passes import Contract, Pass, PassContext, PassInfo
from tensor_core.scaling import Scaling, broadcasts_along
from tensor_core.trampoline import Steps


def BackwardFoldScaleAxis() -> Pass:
    """The pass."""
    return folding(RULES)


def folding(rules: Mapping[str, Rule]) -> Pass:
    """The pass with these rules."""

    def fold(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return _Backward(function, relax_release(module), rules).run(function)

    return FunctionPass(PassInfo(0, "BackwardFoldScaleAxis", contract=Contract.REASSOCIATING), fold)


Operands = Sequence[Scaling | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """What an operator does with scales.

    ``possible(call, operands)``: how its result can be scaled at its origin, given how the operands can.
    ``scaled(at, call, places, scale, axes)``: the call whose result is scaled, the operands at ``places`` being so.
    """

    possible: Callable[[Call, Operands], Scaling | None]
    scaled: Callable[[CallLowering, Call, Collection[int], Scale, tuple[int, ...]], Call]
    is_origin: bool = False


def _through(call: Call, operands: Operands) -> Scaling | None:
    del call
    return None if operands[0] is None else operands[0]._replace(positive=True)


def _same_call(at: CallLowering, call: Call, places: Collection[int], scale: Scale, axes: tuple[int, ...]) -> Call:
    del at, places, scale, axes
    return call


def _sum(call: Call, operands: Operands) -> Scaling | None:
    sizes = list(map(dims_of, call.args))
    if not is_uniform(call):
        return None
    for place in (0, 1):
        mine, other = operands[place], operands[1 - place]
        if mine is None:
            continue
        alike = other is not None and other.axes == mine.axes and len(sizes[0]) == len(sizes[1])
        if broadcasts_along(sizes[place], sizes[1 - place], mine.axes) or (alike and sizes[0] == sizes[1]):
            return mine._replace(positive=mine.positive or (alike and other is not None and other.positive))
    return None


def _each(at: CallLowering, call: Call, places: Collection[int], scale: Scale, axes: tuple[int, ...]) -> Call:
    args = list(call.args)
    for place in {0, 1}.difference(places):
        args[place] = at.op("multiply", args[place], scale.along(at, axes, len(dims_of(call))))
    return call.replace(args=tuple(args))


def _convolution(call: Call, operands: Operands) -> Scaling | None:
    del operands
    return channel_scaling(call, out_layout(call))


def _kernel(at: CallLowering, call: Call, places: Collection[int], scale: Scale, axes: tuple[int, ...]) -> Call:
    del places, axes
    return scaled_conv(at, call, call.args[0], scale, "O")


def _product(call: Call, operands: Operands) -> Scaling | None:
    del operands
    return Scaling((len(dims_of(call)) - 1,)) if is_product_with_matrix(call) else None


def _columns(at: CallLowering, call: Call, places: Collection[int], scale: Scale, axes: tuple[int, ...]) -> Call:
    del places, axes
    return with_weight(at, call, call.args[0], scale.along(at, (1,), 2))


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(THROUGH, Rule(_through, _same_call)),
    **dict.fromkeys(SUMS, Rule(_sum, _each)),
    **dict.fromkeys(CONVOLUTIONS, Rule(_convolution, _kernel, is_origin=True)),
    "matmul": Rule(_product, _columns, is_origin=True),
}
"""By the operator's name without "relax."."""


@dataclass(frozen=True, slots=True)
class _Fold:
    """What a multiplication sends its scale through, from the origins on."""

    path: Sequence[VarBinding]
    scale: Scale
    axes: tuple[int, ...]


class _Backward(CallLowering):
    def __init__(self, function: Function, release: str, rules: Mapping[str, Rule]) -> None:
        super().__init__(function, unchanged, release)
        self._rules = rules
        self._facts_of = Facts(function)
        self._folds: dict[Var, _Fold] = {}
        self._moved: set[Var] = set()

    def block(self, block: BindingBlock) -> Steps[BindingBlock]:
        """The block, after it is known what is folded in it."""
        self._plan(block)
        return (yield super().block(block))

    def _plan(self, block: BindingBlock) -> None:
        bound: dict[Var, VarBinding] = {}
        possible: dict[Var, Scaling] = {}
        for binding in block.bindings:
            if is_barrier(binding):
                bound.clear()
                possible.clear()
            call = binding.value if isinstance(binding, VarBinding) else None
            if not isinstance(binding, VarBinding) or not isinstance(call, Call):
                continue
            if called(call) == "multiply":
                self._plan_fold(binding.var, call, bound, possible)
            rule = self._rules.get(called(call))
            if rule is not None and self._facts_of.uses[binding.var] == 1:
                found = rule.possible(call, [possible.get(arg) if isinstance(arg, Var) else None for arg in call.args])
                if found is not None and found.axes:
                    bound[binding.var], possible[binding.var] = binding, found

    def _plan_fold(
        self, var: Var, call: Call, bound: Mapping[Var, VarBinding], possible: Mapping[Var, Scaling]
    ) -> None:
        for value, factor in (call.args, call.args[::-1]):
            scaling = possible.get(value) if isinstance(value, Var) else None
            scale = None if scaling is None else self._facts_of.scale(value, factor, scaling)
            if scale is not None and scaling is not None and isinstance(value, Var):
                path = self._path(value, scaling.axes, bound, possible)
                self._folds[var] = _Fold(path, scale, scaling.axes)
                self._moved.update(item.var for item in path)
                return

    def _path(
        self, value: Var, axes: tuple[int, ...], bound: Mapping[Var, VarBinding], possible: Mapping[Var, Scaling]
    ) -> list[VarBinding]:
        """The bindings of what is scaled, operands first."""
        found, pending = [bound[value]], [bound[value]]
        while pending:
            call = pending.pop().value
            assert isinstance(call, Call)
            if self._rules[called(call)].is_origin:
                continue
            operands = [bound[arg] for arg in call.args if isinstance(arg, Var) and _has(possible.get(arg), axes)]
            found += operands
            pending += operands
        return found[::-1]

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """A multiplication becomes what it sent its scale through, which goes from where it was."""
        if binding.var in self._moved:
            return ()
        fold = self._folds.get(binding.var)
        if fold is None or not isinstance(binding, VarBinding):
            return (yield super().rewrite(binding))
        made: list[Binding] = []
        scaled: set[Expr] = set()
        for item in fold.path:
            call = self.leaf(item.value)
            assert isinstance(call, Call)
            places = [place for place, arg in enumerate(call.args) if arg in scaled]
            value = with_type(
                self._rules[called(call)].scaled(self, call, places, fold.scale, fold.axes).replace(), call
            )
            made += self._added
            self._added = []
            last = item is fold.path[-1]
            made.append(self.bound(binding, value) if last else item.replace(value=value))
            scaled.add(item.var)
        return tuple(made)


def _has(scaling: Scaling | None, axes: tuple[int, ...]) -> bool:
    return scaling is not None and scaling.axes == axes
