"""Passes over layers: parallel products, normalisations, fusion, groups for other compilers, gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import relax_core.dpl as dpl
import relax_core.ir.expr as relax
import relay_compat.dataflow_pattern as dfp
import relay_compat.ir.expr as relay
from migrate.passes.bridges import Transform, typed
from migrate.passes.ports.fusion import grouped_otherwise, shows_groups, unfused
from migrate.passes.ports.parallel import PRODUCTS, parallel
from migrate.passes.ports.seen import Seen, function_attrs, is_constant, nodes, operators, unchanged
from migrate.reading import is_relax
from migrate.verify.generate.features import PLAIN, Feature
from migrate.verify.generate.skeletons import computing
from migrate.verify.generate.skeletons.adjoints import THROUGH_OPERATORS
from migrate.verify.generate.skeletons.fusion import CHAINS
from migrate.verify.generate.skeletons.losses import HIGHER_ORDER, LOSSES
from migrate.verify.generate.skeletons.neighbourhood import NEIGHBOURHOODS
from migrate.verify.generate.skeletons.placed import Make, placed
from migrate.verify.generate.skeletons.regions import REGIONS
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from migrate.verify.properties.gradients import first_order, higher_order
from relax_core.passes.annotate_tir_op_pattern import AnnotateTIROpPattern
from relax_core.passes.combine_parallel_matmul import CombineParallelMatmul
from relax_core.passes.decompose_ops import DecomposeOpsForInference
from relax_core.passes.fuse_ops import FuseOps as RelaxFuseOps
from relax_core.passes.fuse_ops_by_pattern import FuseOpsByPattern
from relax_core.passes.gradient import Gradient
from relax_core.passes.legalize_ops import LegalizeOps
from relax_core.passes.merge_composite_functions import MergeCompositeFunctions
from relay_compat.passes.annotate_target import AnnotateTarget
from relay_compat.passes.canonicalize_ops import CanonicalizeOps
from relay_compat.passes.combine_parallel_batch_matmul import CombineParallelBatchMatmul
from relay_compat.passes.combine_parallel_dense import CombineParallelDense
from relay_compat.passes.fuse_ops import FuseOps
from relay_compat.passes.merge_compiler_regions import MergeCompilerRegions
from relay_compat.passes.merge_composite import MergeComposite
from relay_compat.passes.partition_graph import PartitionGraph
from relay_compat.passes.simplify_inference import SimplifyInference
from tensor_core.module import IRModule
from tensor_core.passes import Contract, Pass, Sequential


def ports() -> Iterator[PortedPass]:
    """The passes."""
    again = Contract.REASSOCIATING
    # First to batches of layers of one width, then to one layer of those of several.
    dense = _one_by_one(CombineParallelDense(), CombineParallelDense(to_batch=False))
    yield _port("CombineParallelDense", dense, CombineParallelMatmul(), parallel, computing.PRODUCTS, again)
    added = _port("CanonicalizeOps", CanonicalizeOps(), unchanged, biased, (placed(computing.bias),))
    yield replace(added, by_conversion=True)
    yield _port(
        "CombineParallelBatchMatmul", CombineParallelBatchMatmul(), CombineParallelMatmul(), parallel,
        computing.BATCHED, again,
    )  # fmt: skip
    yield _port(
        "SimplifyInference", SimplifyInference(), DecomposeOpsForInference(), normalised, computing.NORMALISED, again
    )
    fused = Sequential([LegalizeOps(), AnnotateTIROpPattern(), RelaxFuseOps(2)])
    # On Relax, groups are made of what is in one block of main, not in arms.
    straight = PLAIN - {Feature.IF}
    port = _port("FuseOps", FuseOps(2), fused, unfused, ())
    around = (*[Skeleton(chain, weight=20) for chain in CHAINS], *map(Skeleton, NEIGHBOURHOODS))
    yield replace(port, features=straight, skeletons=around, takes=shows_groups, agree=grouped_otherwise)
    by_pattern = FuseOpsByPattern([(_NAME, _relax_pattern())])
    # Earlier patterns first: what one has taken is not for the next.
    two = [(_NAME, _relay_pattern()), (_SHORT, dfp.is_op("nn.dense")(dfp.wildcard(), dfp.wildcard()))]
    two_on_relax = [(_NAME, _relax_pattern()), (_SHORT, dpl.is_op("relax.matmul")(dpl.wildcard(), dpl.wildcard()))]
    yield _port("MergeComposite", MergeComposite(two), FuseOpsByPattern(two_on_relax), uncomposed, computing.LAYERED)
    regions = Sequential(
        [
            MergeComposite([(_NAME, _relay_pattern())]),
            AnnotateTarget("vendor"),
            MergeCompilerRegions(),
            PartitionGraph(),
        ]
    )
    merged = Sequential([by_pattern, MergeCompositeFunctions()])
    yield _port("PartitionGraph", regions, merged, unmerged, REGIONS)
    yield _differentiated("gradient", higher_order, HIGHER_ORDER)
    yield _differentiated("FirstOrderGradient", first_order, LOSSES)


def _differentiated(name: str, on_relay: Transform, losses: tuple[Make, ...]) -> PortedPass:
    """Half of the programs are losses of several operators, and half are through one of all those with a gradient."""
    port = _port(name, on_relay, _adjoint, without_adjoints, (), Contract.APPROXIMATE)
    whole = [Skeleton(make, weight=len(THROUGH_OPERATORS) // len(losses)) for make in losses]
    return replace(port, skeletons=(*whole, *map(Skeleton, THROUGH_OPERATORS)))


def biased(module: IRModule) -> str:
    """Whether a bias along an axis is left."""
    return "nn.bias_add is left" if any(call.name == "nn.bias_add" for call in operators(module)) else ""


def _adjoint(module: IRModule) -> IRModule:
    """The module with the adjoint of ``main`` in its place."""
    made = Gradient("main")(module)
    result = module.copy()
    adjoint: Any = made["main_adjoint"]
    result.functions[module.get_global_var("main")] = adjoint.with_attr("global_symbol", "main")
    return result


def without_adjoints(module: IRModule) -> str:
    """Whether ``main`` gives no value with a gradient for each parameter."""
    main: Any = module["main"]
    result = main.ret_ty if is_relax(module) else main.body.checked
    fields: Any = getattr(result, "fields", ())
    return "" if len(fields) == 2 and len(fields[1].fields) == len(main.params) else "there are no gradients"


def unmerged(module: IRModule) -> str:
    """Whether there is another number of functions for the other compiler than one, or it is not finished: marks of
    regions are left, on Relay a constant is passed to it, on Relax it calls other functions.
    """
    for_others = [item for item in module.functions.values() if _is_for_others(item)]
    if len(for_others) != 1:
        return f"{len(for_others)} functions are for the other compiler"
    if any(call.name.startswith("annotation.compiler_") for call in operators(module)):
        return "a mark of a region is left"
    if any(isinstance(node, relax.GlobalVar) for node in nodes(for_others[0])):
        return "the function for the other compiler calls another"
    for node in nodes(module["main"]):
        if isinstance(node, relay.Call) and isinstance(node.op, relay.GlobalVar) and any(map(is_constant, node.args)):
            return "a constant is passed to the other compiler"
    return ""


def _is_for_others(function: Any) -> bool:
    attrs = function_attrs(function)
    return bool(attrs.get("Compiler") or attrs.get("Codegen"))


_NAME = "vendor.dense_add_relu"
_SHORT = "vendor.dense"


def _relay_pattern() -> Any:
    dense = dfp.is_op("nn.dense")(dfp.wildcard(), dfp.wildcard())
    return dfp.is_op("nn.relu")(dfp.is_op("add")(dense, dfp.wildcard()))


def _relax_pattern() -> Any:
    product = dpl.is_op("relax.matmul")(dpl.wildcard(), dpl.wildcard())
    return dpl.is_op("relax.nn.relu")(dpl.is_op("relax.add")(product, dpl.wildcard()))


def _port(
    name: str, on_relay: Transform, on_relax: Transform, promise: Any, around: tuple[Make, ...],
    contract: Contract = Contract.EXACT,
) -> PortedPass:  # fmt: skip
    skeletons = tuple(map(Skeleton, around))
    return PortedPass(name, typed(on_relay), on_relax, promise, contract=contract, skeletons=skeletons)


def _one_by_one(*passes: Pass) -> Transform:
    """Several passes, each at any level of optimisation: a sequence leaves out what the context's does not reach."""

    def run(module: IRModule) -> IRModule:
        for each in passes:
            module = each(module)
        return module

    return run


def normalised(module: IRModule) -> str:
    """Whether a normalisation is left: on Relax, one by given statistics, or sizes that nothing reads at run time.
    Relay's version is about those whose normalised tensor is asked for: one of which only the statistics are stays.
    """
    if not is_relax(module):
        others = [call.name for call in operators(module) if call.name in _BY_OWN_STATISTICS]
        if others:
            return f"{others[0]} is left"
    asked = {
        node.tuple_value
        for function in module.functions.values()
        for node in nodes(function)
        if isinstance(node, relay.TupleGetItem) and node.index == 0
    }
    calls = [call.node for call in operators(module) if call.name == "nn.batch_norm"]
    if is_relax(module) and any(call.name == "tensor_to_shape" for call in operators(module)):
        return "tensor_to_shape is left"
    return "nn.batch_norm is left" if any(is_relax(module) or node in asked for node in calls) else ""


_BY_OWN_STATISTICS = ("nn.layer_norm", "nn.instance_norm", "nn.group_norm", "nn.l2_normalize")


def uncomposed(module: IRModule) -> str:
    """Whether a product with bias and activation stands outside of a composite function, or one within another."""
    functions = [node for function in module.functions.values() for node in nodes(function)]
    composites = [node for node in functions if function_attrs(node).get("Composite")]
    if any(node is not item and _is_composite(node) for item in composites for node in nodes(item)):
        return "a composite function holds another"
    inside = {node for item in composites for node in nodes(item)}
    left = any(call.node not in inside and _is_layer(call) for call in operators(module))
    return "a match of the pattern is left" if left else ""


def _is_composite(node: Any) -> bool:
    """Whether a node is a composite function, or on Relax the name of one: no other is called in one."""
    return bool(function_attrs(node).get("Composite")) or isinstance(node, relax.GlobalVar)


def _is_layer(call: Seen) -> bool:
    added = call.inner(0) if call.name == "nn.relu" else None
    if added is None or added.name != "add":
        return False
    product = added.inner(0)
    return product is not None and product.name in PRODUCTS
