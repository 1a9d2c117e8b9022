"""Weights transformed apart from the inputs give what the whole program gives."""

from __future__ import annotations

from typing import Any, cast

from migrate.execution import bind_args, interpret
from migrate.values import Value, leaves
from migrate.verify.agree import compare
from migrate.verify.generate.features import PLAIN
from migrate.verify.generate.program import Program
from migrate.verify.properties.equivalence import Transform, to_relax
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.structure import refused
from migrate.verify.verdict import Outcome
from relax_core.passes.lift_transform_params import lift_transform_params
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule


def lifted_weights(lift: Transform | None = None) -> Property:
    """The first half of the parameters of ``main`` are inputs, the others weights: ``lift`` makes a function of the
    weights, and what it answers goes into ``main`` in their place.
    """
    name = "lifted weights"
    lift = lift or (lambda module: lift_transform_params(cast(Any, module)))

    def check(program: Program) -> Check:
        expected = leaves(interpret(program.module, program.args))
        try:
            module = to_relax(program.module)
            values = bind_args(module, program.args)
            inputs = len(values) // 2
            lifted = lift(_marked(module, inputs))
            transformed = cast(
                "tuple[Value, ...]", interpret(lifted, [tuple(values[inputs:])], "main_transform_params")
            )
            got = leaves(interpret(lifted, [*values[:inputs], *transformed]))
            outcome, reason = compare(program.module, program.args, expected, got)
        except DiagnosticError as error:
            return refused(name, error)
        key = f"{name}: {outcome.value}"
        wrong = outcome in (Outcome.DIFFERENT, Outcome.INCONCLUSIVE)
        return Check(outcome, f"{name}: {reason}" if wrong else "", key if wrong else "")

    return Property(name, check, PLAIN)


def _marked(module: IRModule, inputs: int) -> IRModule:
    result: Any = module.copy()
    function: Any = module["main"]
    marked = function.replace(attrs={**(function.attrs or {}), "num_input": inputs})
    marked.memo("ty", function.ty)
    result.functions[module.get_global_var("main")] = marked
    return result
