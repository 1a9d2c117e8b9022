"""Parameters whose arrays are known as constants of the program, as ``relay.build(module, params=...)`` makes them.

Small ones are written into the text. Large ones become parameters behind the inputs again, under their names, and
their arrays lie beside the text (:mod:`migrate.forward.large_constants`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import relay_compat.ir.expr as relay
from relay_compat.ir.make import bind
from tensor_core.module import GlobalVar, IRModule


def with_params_bound(module: IRModule, called: Collection[GlobalVar]) -> tuple[IRModule, Mapping[int, str]]:
    """The module with arrays in the place of parameters of functions that no other function calls, and the names of the
    arrays, by their ``id``.
    """
    names: dict[int, str] = {}
    constants: dict[str, relay.Constant] = {}
    result = module.copy()
    for var, function in module.functions.items():
        if not isinstance(function, relay.Function) or var in called:
            continue
        values: dict[relay.Var, relay.RelayExpr] = {}
        for param in function.params:
            array = module.params.get(param.name)
            if array is None:
                continue
            if param.name not in constants:
                constants[param.name] = constant = relay.Constant(array)
                names[id(constant.data)] = param.name
            values[param] = constants[param.name]
        if values:
            result[var] = bind(function, values)
    for name in constants:
        del result.params[name]
    return result, names
