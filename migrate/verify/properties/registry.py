"""All properties that come with this package, by name: what must hold of every program that the generator draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from types import ModuleType
from typing import Any

import relax_core.transform as relax_passes
import relay_compat.transform as relay_passes
from migrate.forward.convert import convert
from migrate.passes.ports import ports
from migrate.verify.generate.features import EVERYTHING, PURE, Feature
from migrate.verify.generate.program import Program
from migrate.verify.generate.skeletons import DATA, LAYERS, OPEN, PATTERNS, PLACES, SCALARS, SKELETONS, SMOOTH, Skeleton
from migrate.verify.generate.skeletons.bridging import AROUND
from migrate.verify.properties import relax_passes as relax_programs
from migrate.verify.properties import round_trips
from migrate.verify.properties.algebraic import keeps_algebra
from migrate.verify.properties.equivalence import Transform, conversion, keeps_meaning, to_relax
from migrate.verify.properties.gradients import first_order, gradient, linear
from migrate.verify.properties.memory import planned_memory
from migrate.verify.properties.pipelines import fused, planned
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.reals import keeps_reals
from migrate.verify.properties.relations import arithmetic, equal_programs, rewrites, saturation, signatures, ways
from migrate.verify.properties.sources import sources_keep_meaning
from migrate.verify.properties.structure import idempotent, keeps_types, leaves_primitive_functions
from migrate.verify.properties.types_hold import relax_types_hold, types_hold
from migrate.verify.properties.verified import verified
from migrate.verify.properties.weights import lifted_weights
from migrate.verify.verdict import Outcome
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.module import IRModule
from tensor_core.passes import Contract

_RELATIONS: Mapping[str, Transform] = {
    "dead code": rewrites.dead_code,
    "unit lets": rewrites.unit_lets,
    "eta expansion": rewrites.eta_expanded,
    "outlined": rewrites.outlined,
    "inlined": rewrites.inlined,
    "one name for all": rewrites.one_name,
    "bindings reordered": rewrites.reordered,
    "through a branch": rewrites.through_a_branch,
    "through either branch": rewrites.through_either_branch,
    "zero subtracted": arithmetic.zero_subtracted,
    "multiplied by one": arithmetic.multiplied_by_one,
    "cast and back": arithmetic.cast_and_back,
    "transposed and back": arithmetic.transposed_and_back,
    "flattened and back": arithmetic.flattened_and_back,
    "split and joined": arithmetic.split_and_joined,
}
_EXTREMES: Mapping[str, Transform] = {
    "relation: smallest equal program": equal_programs.smallest,
    **{f"relation: equal program {turn}": partial(equal_programs.other, turn=turn) for turn in (1, 2, 3)},
}
_SKELETONS: Mapping[str, tuple[Skeleton, ...]] = {
    **dict.fromkeys(
        ("conversion", "conversion, compiled", "Relay, compiled", "conversion, in exact arithmetic",
         "conversion, in float64", "verify", "there and back", "fused", "pipeline", "memory plan"),
        (*LAYERS, *PATTERNS, *PLACES),
    ),
    **dict.fromkeys(("Relay text", "Relay JSON", "Relax script"), (*SCALARS, *DATA)),
    **dict.fromkeys(("gradient", "gradient, first order", "gradient, linear"), SMOOTH),
    **dict.fromkeys(("specialised first", "conversion keeps types"), OPEN),
}  # fmt: skip
_BOTH = ("FoldConstant", "DeadCodeElimination", "EliminateCommonSubexpr")
"""Passes of both IRs by one name, which move no bit."""
_RELAY_PASSES = (
    "ToANormalForm", "ToBasicBlockNormalForm", "ToGraphNormalForm", "FuseOps", "LambdaLift", "SimplifyExpr",
    "SimplifyInference", "CanonicalizeCast", "CanonicalizeOps", "ForwardFoldScaleAxis", "BackwardFoldScaleAxis",
    "CombineParallelDense", "CombineParallelBatchMatmul", "CombineParallelConv2D", "DivToMul", "FlattenAtrousConv",
    "DynamicToStatic", "Inline",
)  # fmt: skip
_RELAX_PASSES = (
    "CanonicalizeBindings", "TopologicalSort", "LambdaLift", "ToNonDataflow", "ConvertToDataflow",
    "ExpandTupleArguments", "ComputePrimValue",
)  # fmt: skip
_WITHOUT_EFFECTS = (
    "FoldConstant", "DynamicToStatic", "FuseOps", "ToGraphNormalForm", "ForwardFoldScaleAxis", "SimplifyExpr",
    "SimplifyInference", "ToBasicBlockNormalForm",
)  # fmt: skip
"""Passes of Relay that lose or move what is done to references, as they do in TVM 0.19: they take a field for a tuple
that is written out, whatever its other fields do, and the value of a let for its variable; they drop the example of
``reshape_like`` and its kin; they evaluate first what two scopes share, or operands in another order.
"""
_REPEATING = ("LambdaLift",)
"""Passes of Relay that compute again in a lifted function what it shares with its surroundings, as in TVM 0.19: what is
done there is done twice.
"""
_WITH_TYPES = EVERYTHING - {
    Feature.DYNAMIC, Feature.DATA, Feature.GLOBAL, Feature.CLOSURE, Feature.HIGHER_ORDER, Feature.PARTIAL, Feature.REF
}  # fmt: skip
"""What Relax can say without objects of unknown type, which have no way back; nor has a mirror of unknown extent."""
_IDEMPOTENT = ("FoldConstant", "DeadCodeElimination")
"""Passes of Relax that leave nothing to do. CanonicalizeBindings finds outputs that nothing uses any more only in the
next run, and EliminateCommonSubexpr what became alike by what it bound anew.
"""


Make = Callable[[], Property]


@lru_cache(maxsize=1)
def makers() -> Mapping[str, Make]:
    """What makes each property, by its name."""
    return dict((*_plain(), *_of_passes(), *_of_relax(), *_relations()))


def named(name: str) -> Property:
    """One of them. KeyError for a name that none has."""
    made = makers()[name]()
    return replace(made, name=name, skeletons=made.skeletons or _around(name))


def _around(name: str) -> tuple[Skeleton, ...]:
    """What programs are built around that a property is asked about beside the others: what a pass looks for, and what
    texts, gradients and open sizes are about.
    """
    if name in _SKELETONS:
        return _SKELETONS[name]
    words = name.removesuffix(", in exact arithmetic").removesuffix(", in float64")
    words = words.removesuffix(" keeps types").removesuffix(" on either side")
    passes = words.removeprefix("Relay ").removeprefix("Relax ")
    port = ports().get(passes)
    if port is not None and tuple(port.skeletons) != SKELETONS:
        return tuple(port.skeletons)
    return tuple(map(Skeleton, AROUND.get(passes, ())))


def installed() -> tuple[str, ...]:
    """The names of those that can be checked here: saturation needs a package of its own."""
    return tuple(name for name in makers() if name not in _EXTREMES or saturation.is_installed())


def properties() -> Mapping[str, Property]:
    """All that can be checked here, by name."""
    return {name: named(name) for name in installed()}


def _plain() -> Iterator[tuple[str, Make]]:
    yield "conversion", conversion
    yield "conversion, in exact arithmetic", lambda: keeps_algebra("conversion", to_relax)
    yield "conversion, in float64", lambda: keeps_reals("conversion", to_relax)
    yield "conversion, compiled", lambda: keeps_meaning("conversion, compiled", to_relax, ("backend",))
    yield "Relay, compiled", lambda: keeps_meaning("Relay, compiled", _as_it_is, ("backend",))
    yield "verify", verified
    yield "there and back", lambda: replace(round_trips.backward(), features=_WITH_TYPES)
    yield "normal form", lambda: replace(round_trips.normal_form(), features=_WITH_TYPES - {Feature.OPERATORS})
    yield "Relay text", round_trips.relay_text
    yield "Relay JSON", round_trips.relay_json
    yield "Relax script", round_trips.relax_text
    yield "types hold", types_hold
    yield "types hold in Relax", relax_types_hold
    yield "conversion keeps types", lambda: keeps_types("conversion", to_relax)
    yield "gradient", gradient
    yield "gradient, first order", lambda: gradient("first-order gradient", first_order)
    yield "gradient, linear", linear
    yield "memory plan", lambda: replace(planned_memory(), features=EVERYTHING - {Feature.TRAINING})
    yield "fused", fused
    yield "pipeline", planned
    yield "incremental conversion", ways.incremental
    yield "cached kernels", ways.cached
    yield "lifted weights", lifted_weights
    yield "sources", sources_keep_meaning
    yield "specialised first", signatures.specialised_first


def _of_relax() -> Iterator[tuple[str, Make]]:
    """Of Relax programs by construction."""
    yield "Relax, compiled", lambda: replace(keeps_meaning("Relax, compiled", _as_it_is, ("backend",)), of_relax=True)
    for name in relax_programs.PASSES:
        yield f"{name} of Relax programs", partial(_of_relax_programs, relax_programs.keeps_what_is_computed, name)
        yield f"{name} of Relax programs keeps types", partial(_of_relax_programs, relax_programs.keeps_rules, name)
        if _made(name, relax_passes).info.contract is Contract.REASSOCIATING:
            yield f"{name} of Relax programs, in exact arithmetic", partial(_of_relax_programs, _exactly, name)
            yield f"{name} of Relax programs, in float64", partial(_of_relax_programs, _in_float64, name)


def _of_relax_programs(make: Callable[[str], Property], name: str) -> Property:
    return replace(make(name), of_relax=True)


def _exactly(name: str) -> Property:
    return keeps_algebra(name, _made(name, relax_passes))


def _in_float64(name: str) -> Property:
    return keeps_reals(name, _made(name, relax_passes))


def _of_passes() -> Iterator[tuple[str, Make]]:
    for name in _BOTH:
        yield f"{name} on either side", partial(_on_either_side, name)
    for name in _RELAY_PASSES:
        yield f"Relay {name}", partial(_keeps_meaning, name, relay_passes)
        if _made(name, relay_passes).info.contract is Contract.REASSOCIATING:
            yield f"Relay {name}, in exact arithmetic", partial(_of_relay, name, keeps_algebra)
            yield f"Relay {name}, in float64", partial(_of_relay, name, keeps_reals)
    for name in _RELAX_PASSES:
        yield f"Relax {name}", partial(_keeps_meaning, name, relax_passes)
        yield f"Relax {name} keeps types", partial(_keeps_types, name)
    for name in _IDEMPOTENT:
        yield f"Relax {name} twice", partial(idempotent, name, getattr(relax_passes, name)(), to_relax)
    yield "primitive functions", lambda: leaves_primitive_functions("FoldConstant", relay_passes.FoldConstant())
    yield (
        "order of passes",
        lambda: ways.commuting(
            "FoldConstant and DeadCodeElimination", relay_passes.FoldConstant(), relay_passes.DeadCodeElimination()
        ),
    )


def _relations() -> Iterator[tuple[str, Make]]:
    yield "parameters reversed", lambda: signatures.same_results("parameters", signatures.parameters_reversed)
    yield "parameter added", lambda: signatures.same_results("parameters", signatures.parameter_added)
    for name, change in _RELATIONS.items():
        yield f"relation: {name}", partial(_relation, name, change)
    for name, change in _EXTREMES.items():
        yield name, partial(_extreme, name, change)


def _extreme(name: str, change: Transform) -> Property:
    # Operands may be evaluated in another order, or more often.
    saturation.needed()
    subject = keeps_meaning(name, _converted(change), exact=True, before=to_relax, effects=False)
    return replace(subject, features=PURE)


def _relation(name: str, change: Transform) -> Property:
    # A value with a scope of its own is evaluated where that stands, which may be earlier than before.
    subject = keeps_meaning(name, _converted(change), effects=False)
    if name not in ("eta expansion", "outlined"):
        return subject

    def check(program: Program) -> Check:
        found = subject.check(program)
        # Scales that come through a parameter are no constants any more: operators of qnn then are refused, or they
        # compute otherwise, as the report says.
        said = found.failed and (
            found.key.endswith(codes.REFUSED_OP.id) or bool(_losses(change(program.module)) - _losses(program.module))
        )
        return replace(found, outcome=Outcome.INCONCLUSIVE) if said else found

    return replace(subject, check=check)


def _losses(module: IRModule) -> Counter[str]:
    """The operators whose conversions lose something, as often as there are such."""
    return Counter(item.op for item in convert(module).report.conversions if item.lossy)


def _as_it_is(module: IRModule) -> IRModule:
    return module


def _converted(before: Transform, after: Transform = _as_it_is) -> Transform:
    return lambda module: after(to_relax(before(module)))


def _typed(transform: Transform) -> Transform:
    return lambda module: infer_types(transform(module))


def _made(name: str, passes: ModuleType) -> Any:
    return getattr(passes, name)()


def _of_relay(name: str, keeps: Callable[[str, Transform], Property]) -> Property:
    return _of_its_programs(name, keeps(name, _typed(_made(name, relay_passes))))


def _of_its_programs(name: str, subject: Property) -> Property:
    return replace(subject, features=PURE) if name in _WITHOUT_EFFECTS else subject


def _keeps_meaning(name: str, passes: ModuleType) -> Property:
    made = _made(name, passes)
    # Relay's passes leave what they made untyped; inference is what comes next.
    transform = _converted(_as_it_is, made) if passes is relax_passes else _typed(made)
    subject = keeps_meaning(
        name,
        transform,
        exact=made.info.contract is Contract.EXACT,
        before=to_relax if passes is relax_passes else None,
        effects=passes is relax_passes or name not in (*_WITHOUT_EFFECTS, *_REPEATING),
    )
    return _of_its_programs(name, subject) if passes is relay_passes else subject


def _keeps_types(name: str) -> Property:
    return keeps_types(name, _converted(_as_it_is, _made(name, relax_passes)))


def _on_either_side(name: str) -> Property:
    # What is folded on one side is computed by other calls on the other one, where an operator is expanded.
    exact = name != "FoldConstant"
    subject = ways.ported(name, _made(name, relay_passes), _made(name, relax_passes), exact=exact)
    return _of_its_programs(name, subject)
