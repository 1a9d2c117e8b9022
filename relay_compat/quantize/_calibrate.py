"""Scales and bounds of quantized values (tvm.relay.quantize._calibrate in TVM 0.19)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeGuard

import numpy as np

from relay_compat.ir.expr import Call, Constant, Expr, Function, Tuple
from relay_compat.ir.make import bind, const
from relay_compat.ir.module import IRModule as RelayModule
from relay_compat.passes.building import as_tensor, is_call_of
from relay_compat.quantize._annotate import QUANTIZE
from relay_compat.quantize.config import QAnnotateKind, QConfig, current_qconfig
from relay_compat.quantize.kl_divergence import scale_by_kl
from relay_compat.visit import Rewriter, reachable
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.dtypes import to_numpy
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import PassContext

Array = np.ndarray[Any, Any]
DataSet = Iterable[Mapping[str, Any]]


def calibrate(dataset: DataSet | None = None) -> Callable[[IRModule, PassContext], IRModule]:
    """The function of a module pass: every mark gets its scale and its bounds, as the configuration in force says.

    ``dataset``: inputs by name, for the modes that look at values. Raises DiagnosticError R2R0602 for a mode that TVM
    0.19 does not know, for one without its data set, and for weights that are not constant.
    """

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        config = current_qconfig()
        main = module["main"]
        assert isinstance(main, Function)
        marks = [node for node in reachable(main) if _is_mark(node)]
        inputs = _input_scales(config, module, dataset)
        values: dict[Any, Expr] = {}
        for mark in marks:
            attrs: Any = mark.attrs
            most = 2 ** (config.get_nbit_by_kind(attrs.kind) - int(attrs.sign))
            is_weight = attrs.kind == QAnnotateKind.WEIGHT
            scale = _weight_scale(config, mark.args[0]) if is_weight else next(inputs)
            numbers = (scale / most, -(most - 1), most - 1)
            values |= {var: const(number, "float32") for var, number in zip(mark.args[1:], numbers, strict=True)}
        result = module.copy()
        result["main"] = bind(main, values)
        return result

    return run


def _is_mark(node: Node) -> TypeGuard[Call]:
    return is_call_of(node, QUANTIZE)


def _weight_scale(config: QConfig, weight: Expr) -> float:
    if not isinstance(weight, Constant):
        raise fail(codes.EXECUTION_FAILED, "a weight that is no constant", weight.span, hint="give quantize its params")
    most = np.amax(np.abs(weight.data))
    if config.weight_scale == "max":
        return most
    if config.weight_scale == "power2":
        return 2 ** math.ceil(math.log(most, 2)) if most > 0 else 1.0
    raise fail(codes.EXECUTION_FAILED, f"unknown weight_scale {config.weight_scale}", hint='"power2" or "max"')


def _input_scales(config: QConfig, module: IRModule, dataset: DataSet | None) -> Iterator[Any]:
    """The scale of each mark that is not a weight's, in order."""
    finders = {"percentile": _by_percentile, "kl_divergence": scale_by_kl}
    if config.calibrate_mode == "global_scale":
        while True:
            yield config.global_scale
    if config.calibrate_mode not in finders:
        raise fail(
            codes.EXECUTION_FAILED,
            f"unknown calibrate_mode {config.calibrate_mode}",
            hint='"global_scale", "percentile" or "kl_divergence"',
        )
    if dataset is None:
        raise fail(codes.EXECUTION_FAILED, f"calibrate_mode {config.calibrate_mode} needs a data set")
    for chunk in collect_stats(module, dataset, config.calibrate_chunk_by):
        yield from map(finders[config.calibrate_mode], chunk)


def collect_stats(mod: IRModule, dataset: DataSet, chunk_by: int = -1) -> Iterator[list[Array]]:
    """What each mark that is not a weight's gets over the data set, as vectors, so many marks at a time (-1: all)."""
    # Every pass that asks for an operator's attribute imports this package, but few programs are run here.
    from relay_compat.build_module import create_executor

    main = mod["main"]
    assert isinstance(main, Function)
    profile = _profile(main)
    params = [(param.name, as_tensor(param.checked_type).dtype) for param in profile.params]
    executor = create_executor(mod=RelayModule.from_expr(profile)).evaluate()
    body = profile.body
    assert isinstance(body, Tuple)
    count = len(body.fields)
    for start in range(0, count, count if chunk_by == -1 else chunk_by):
        stop = count if chunk_by == -1 else min(start + chunk_by, count)
        seen: list[list[Array]] = [[] for _ in range(start, stop)]
        for batch in dataset:
            # As TVM's graph executor takes inputs: brought to the element types that are declared.
            outputs = list(executor(*(np.asarray(batch[name]).astype(to_numpy(dtype)) for name, dtype in params)))
            for n in range(start, stop):
                seen[n - start].append(outputs[n].numpy())
        yield [np.concatenate(parts).reshape(-1) for parts in seen]


def _profile(main: Function) -> Function:
    """A function of what the marks get, computed in floats."""
    rewriter = _Unmarked()
    rewriter.rewrite(main.body)
    found = tuple(rewriter.seen)
    used = set(reachable(*found))
    return Function(tuple(param for param in main.params if param in used), Tuple(found))


class _Unmarked(Rewriter):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Expr] = []

    def leave(self, old: Node, new: Node) -> Node:
        if not _is_mark(old):
            return new
        assert isinstance(new, Call)
        attrs: Any = new.attrs
        if attrs.kind != QAnnotateKind.WEIGHT:
            self.seen.append(new.args[0])
        return new.args[0]


def _by_percentile(values: Array, percentile: float = 0.99999) -> Any:
    sizes = np.abs(values)
    place = int(sizes.size * percentile)
    return np.partition(sizes, place)[place]
