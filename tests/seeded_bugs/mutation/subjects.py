"""The modules of which mutants are made, and what is to notice them.

``properties``: of generated programs, by name in the registry, or ``#26``: that of seeded bug 26 on its programs.
``tests``: files beside the module. ``cases``: passes whose recorded cases of real TVM are looked at; ``rows``: what TVM
recorded of operators. ``bugs``: seeded bugs that a mutant of the checker must still see; ``faults``: planted ones, too.
``calls``: drawn calls of every operator. The sample takes ``count`` mutants of each module.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

AREAS = ("spellings", "conversion", "passes", "comparison")
DECLARED_SPELLINGS = 70
"""How many of the mutants of what cards declare belong to the sample."""


@dataclass(frozen=True)
class Subject:
    """One module."""

    area: str
    module: str
    count: int
    properties: str = ""
    tests: str = ""
    cases: str = ""
    bugs: str = ""
    faults: bool = False
    rows: bool = False
    calls: bool = False


_FORWARD = "conversion; conversion keeps types; incremental conversion"
_BACKWARD = "there and back"


def subjects() -> Iterator[Subject]:
    """All of them, by area."""
    yield from _spellings()
    yield from _conversion()
    yield from _passes()
    yield from _comparison()


def _spellings() -> Iterator[Subject]:
    both = "conversion; there and back; Relay text; Relax script"
    tests = "tests/relay_compat/ir/test_call_attributes.py tests/tensor_core/test_told_attributes.py"
    for module in ("tensor_core.ops.spelling", "relay_compat.attributes", "relax_core.ops"):
        yield Subject("spellings", module, 4, both, tests, rows=True)


def _conversion() -> Iterator[Subject]:
    at = "tests/migrate/forward/test_"
    functions = f"{at}how_it_is_said.py {at}functions.py {at}constants.py"
    tests = {
        "arms": f"{at}arms.py {functions}", "blocks": functions, "branches": f"{at}arms.py {functions}",
        "call": functions, "constant": functions, "data": "tests/migrate/data", "effects": functions,
        "function": functions, "large_constants": f"{at}how_it_is_said.py {at}constants.py",
        "literals": f"{at}constants.py",
        "references": functions, "say": f"{at}stubs.py {at}quantized.py tests/migrate/test_operators.py",
        "specialise": functions, "convert": f"{functions} tests/migrate/params", "shared": "tests/migrate/data",
    }  # fmt: skip
    counts = {"function": 4, "branches": 3, "data": 3, "effects": 3, "references": 3, "say": 3}
    for name, listed in tests.items():
        calls = name in ("call", "say", "constant", "literals")
        yield Subject("conversion", f"migrate.forward.{name}", counts.get(name, 2), _FORWARD, listed, calls=calls)
    adapted = f"tests/migrate/test_operators.py {at}quantized.py"
    for name in ("boxes", "norms", "positions", "qdq", "quantized", "reductions", "views"):
        count = 4 if name == "qdq" else 1
        yield Subject("conversion", f"migrate.adapters.{name}", count, f"conversion; {_BACKWARD}", adapted, calls=True)
    counts = {"function": 4, "compositions": 3}
    at = "tests/migrate/backward/test_"
    for name in (
        "builtins", "by_value", "compositions", "function", "kernels", "objects", "revert", "say", "shared", "sizes",
    ):  # fmt: skip
        count = counts.get(name, 2)
        yield Subject("conversion", f"migrate.backward.{name}", count, _BACKWARD, "tests/migrate/backward")


def _passes() -> Iterator[Subject]:
    for module, properties, cases, tests in _RELAX:
        listed = " ".join(_path("tests/relax_core/passes", name) for name in tests.split())
        yield Subject("passes", f"relax_core.{module}", 2, properties, listed, f"relax {cases}" if cases else "")
    for module, properties, cases, tests in _RELAY:
        listed = " ".join(_path("tests/relay_compat/passes", name) for name in tests.split())
        yield Subject("passes", f"relay_compat.{module}", 2, properties, listed, f"relay {cases}" if cases else "")


def _path(folder: str, name: str) -> str:
    """``name`` in a folder; ``../other/name`` beside it."""
    *around, last = name.split("/")
    return "/".join([folder.rpartition("/")[0] if around else folder, *around[1:], f"test_{last}.py"])


_RELAX = (
    ("passes.remove_unused", "#2; #7", "DeadCodeElimination", "dead_code_elimination"),
    ("passes.eliminate_common_subexpr", "#5; #6", "EliminateCommonSubexpr", ""),
    ("passes.topological_sort", "#4", "TopologicalSort", ""),
    ("passes.canonical_names", "#9; Relax CanonicalizeBindings", "CanonicalizeBindings", "canonicalize_bindings"),
    ("passes.memory_plan", "#40; #42", "StaticPlanBlockMemory", "memory"),
    ("passes.memory_tokens", "#40; #43", "StaticPlanBlockMemory", "memory"),
    ("passes.lift_plan", "#44", "LiftTransformParams", "lift_transform_params"),
    ("passes.liftable", "#44", "LiftTransformParams", "lift_transform_params"),
    ("passes.lambda_lift", "#16; Relax LambdaLift", "LambdaLift", "lambda_lift"),
    ("passes.fold_constant", "FoldConstant on either side", "FoldConstant", "fold_constant"),
    ("passes.op_gradients", "", "Gradient", "gradient"),
    ("passes.gradient_adjoint", "", "Gradient", "gradient"),
    ("passes.bind_symbolic_vars", "#8", "BindSymbolicVars", "binding_and_inlining"),
    ("fusion.group_function", "#18; #20", "FuseOps FuseOpsByPattern", ""),
    ("fusion.make_functions", "#17; #20", "FuseOps FuseOpsByPattern", ""),
)
_RELAY = (
    ("normal_form", "#11; #12; Relay ToANormalForm", "ToANormalForm", "normal_forms"),
    ("dependency_graph", "#11; #12; Relay ToBasicBlockNormalForm", "ToBasicBlockNormalForm", "normal_forms"),
    ("passes.dead_code_elimination", "#1", "DeadCodeElimination", "dead_code_elimination"),
    ("analysis.purity", "#1", "DeadCodeElimination", "dead_code_elimination ../analysis/purity"),
    ("passes.fold_constant", "#21; #22; #23", "FoldConstant", "fold_constant"),
    ("passes.fuse_ops", "#19", "FuseOps", "fuse_ops"),
    ("passes.simplifications.casts", "#24", "SimplifyExpr", "simplify_expr"),
    ("passes.simplifications.moves", "#24", "SimplifyExpr", "simplify_expr"),
    ("passes.simplify_inference", "#36", "SimplifyInference", ""),
    ("passes.scale_axis", "#26; #27", "ForwardFoldScaleAxis BackwardFoldScaleAxis FoldScaleAxis", "scale_and_combine"),
    ("passes.combine_parallel", "#28; #29", "CombineParallelDense CombineParallelBatchMatmul CombineParallelConv2D",
     "scale_and_combine"),
    ("passes.lambda_lift", "#15", "LambdaLift", "functions"),
    ("passes.gradient", "#37; #39", "", "gradient"),
    ("partial.evaluator", "#13; #14", "PartialEvaluate", "partial_evaluate"),
    ("layouts.moves", "#33; #34", "ConvertLayout", "layout_passes ../layouts/layouts"),
    ("layouts.along_axes", "#33; #34", "ConvertLayout", "layout_passes ../layouts/layouts"),
)  # fmt: skip


def _comparison() -> Iterator[Subject]:
    agree, check, proofs = (f"tests/migrate/test_{name}.py" for name in ("agree", "verify_arguments", "proofs"))
    verdicts = (f"tests/migrate/test_{name}.py" for name in ("first_wrong", "float64_verdicts", "localised"))
    verify = " ".join((agree, check, proofs, *verdicts))
    numbers = "Relay, compiled; verify"
    for name, count in (
        ("agree", 8), ("align", 3), ("bounds", 5), ("check", 3), ("condition", 5), ("layers", 2), ("sides", 2),
        ("uncertain", 4), ("undefined", 2), ("verdict", 2), ("witness", 2),
    ):  # fmt: skip
        module = f"migrate.verify.{name}"
        yield Subject("comparison", module, count, numbers, verify, bugs="22 26 36 37 48", faults=True)
    for name in ("proof", "prove"):
        yield Subject(
            "comparison",
            f"migrate.verify.{name}",
            3,
            "verify",
            f"{proofs} {check} tests/migrate/passes/test_ports.py",
            bugs="24 31",
        )
    judging = "tests/migrate/generate/test_judging_properties.py"
    for name, count, numbers, tests in (
        ("equivalence", 3, "1 24 26", judging),
        ("gradients", 4, "37 38 39", judging),
        ("structure", 4, "4 16 23 35", judging),
        ("types_hold", 3, "47", judging),
    ):
        yield Subject("comparison", f"migrate.verify.properties.{name}", count, tests=tests, bugs=numbers, faults=True)
    at = "tests/migrate/reduce/test_"
    for name, tests in (
        ("reduce.failure", f"{at}planted_faults.py {at}witness.py"), ("reduce.search", f"{at}planted_faults.py"),
        ("localise.pipeline", f"{at}pipeline_bisection.py"),
    ):  # fmt: skip
        yield Subject("comparison", f"migrate.verify.{name}", 3, tests=tests)
