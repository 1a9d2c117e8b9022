"""What goes into and comes out of the functions of external compilers (relay.analysis.get_calibration_data)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relay_compat.ir.expr import Call, Expr, Function, GlobalVar, Tuple, TupleGetItem
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import TupleType
from relay_compat.visit import reachable
from tensor_core import codes
from tensor_core.diagnostics import fail

__all__ = ["get_calibration_data"]


def get_calibration_data(mod: IRModule, data: Mapping[str, Any]) -> dict[GlobalVar, dict[str, Any]]:
    """``inputs`` and ``outputs`` of every global function marked ``Compiler`` that the typed "main" calls, for the
    arguments ``data`` of "main" by name. R2R0205 for a function that is called twice.
    """
    from relay_compat.build_module import create_executor
    from relay_compat.passes.inline import Inline

    calls = _external_calls(mod)
    outputs: list[Expr] = []
    places: dict[GlobalVar, tuple[int, int, int]] = {}
    for var, call in calls.items():
        results = _results(call)
        places[var] = (len(outputs), len(call.args), len(results))
        outputs += [*call.args, *results]
    main = mod["main"]
    plain = mod.copy()
    plain["main"] = Function(main.params, Tuple(tuple(outputs)), None, main.type_params, main.attrs)
    for var in calls:
        plain[var] = mod[var].without_attr("Compiler").with_attr("Inline", 1)
    found = create_executor("graph", mod=Inline()(plain)).evaluate()(**data)
    return {
        var: {"inputs": found[start : start + ins], "outputs": found[start + ins : start + ins + outs]}
        for var, (start, ins, outs) in places.items()
    }


def _external_calls(mod: IRModule) -> dict[GlobalVar, Call]:
    calls: dict[GlobalVar, Call] = {}
    for node in reachable(mod["main"].body):
        if isinstance(node, Call) and isinstance(node.op, GlobalVar):
            function = mod[node.op]
            if isinstance(function, Function) and function.attrs.get("Compiler") is not None:
                if node.op in calls:
                    raise fail(codes.ILL_FORMED, f"@{node.op.name} is called more than once", node.span)
                calls[node.op] = node
    return calls


def _results(call: Call) -> list[Expr]:
    type_ = call.checked_type
    return [TupleGetItem(call, n) for n in range(len(type_.fields))] if isinstance(type_, TupleType) else [call]
