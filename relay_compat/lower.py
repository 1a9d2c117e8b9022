"""Lower Relay modules to the executable form.

Every op call becomes a kernel made from its card; kernels of equal calls are one object. Where dimensions are not fixed
the kernel is made when the program runs. Function literals are inlined where they are called; those that are values, or
call themselves, become functions of the program that are given what they capture. Global functions are invoked;
references and data constructors are Python's. Shared nodes run where :mod:`relay_compat.scopes` says.
"""

from __future__ import annotations

from collections.abc import Sequence

from relay_compat.ir.expr import Function
from relay_compat.lowering.function import LARGEST, FunctionLowering
from relay_compat.lowering.operators import VIEWS
from relay_compat.lowering.shared import Shared
from relay_compat.types.infer import infer_types
from tensor_core.collection import collection_paused
from tensor_core.module import IRModule
from tensor_core.program import Program

__all__ = ["LARGEST", "VIEWS", "lower"]


@collection_paused()
def lower(module: IRModule, entry: str | Sequence[str] = "main", *, static: bool = False, prefix: str = "") -> Program:
    """The program of ``entry`` (one function, or several) and of every global function it calls.

    Functions that the module only declares are called by their symbols, which the program lacks. ``prefix``: what the
    names of all other functions begin with in the program.

    ``static``: refuse what TVM's graph executor has no form of: values that are functions or references, recursion of
    local functions, dimensions that are not fixed. Raises DiagnosticError: R2R0605 for these and for programs that grow
    too large by inlining, R2R0601 for an op without semantics, R2R0603 for an unknown function.
    """
    if any(isinstance(func, Function) and func.checked is None for func in module.functions.values()):
        module = infer_types(module)
    shared, program = Shared(module, static=static, prefix=prefix), Program()
    for name in [entry] if isinstance(entry, str) else entry:
        shared.need(module.get_global_var(name))
    while shared.pending:
        task = shared.pending.pop()
        program.functions[task.name] = FunctionLowering(shared, task).run()
    return program
