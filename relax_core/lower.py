"""From Relax to the executable form: bindings become instructions over registers.

Every op call whose types are known becomes one kernel, made by its card for these parameters and argument types; equal
kernels are one object. A reshape becomes a view; what is known only at run time (an unknown rank, the value of a shape)
runs by the card's reference; call_tir runs its own tensor program. Local functions become functions of the program that
are given what they capture.
"""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.assumed import assumed
from relax_core.ir.expr import Function, IRModule
from relax_core.lowering.function import lower_function
from relax_core.lowering.shared import Shared
from relax_core.normalize import normalize
from tensor_core import codes
from tensor_core.collection import collection_paused
from tensor_core.diagnostics import fail
from tensor_core.program import Program
from tensor_core.trampoline import run


@collection_paused()
def lower(module: IRModule, entry: str | Sequence[str] = "main", release: str | None = None) -> Program:
    """The program of ``entry`` (one function, or several) and of every function it calls.

    ``origin`` of an instruction is the binding it stands for. ``release`` says whose meaning the operators have: by
    default the module's own, else the newest. Errors: R2R0603 no such function; R2R0601 for what has no executable
    form.
    """
    release = assumed(release or module.release)
    module = normalize(module, release)
    shared = Shared(module, release)
    names = [entry] if isinstance(entry, str) else entry
    shared.pending = [module.get_global_var(name) for name in reversed(names)]
    while shared.pending:
        var = shared.pending.pop()
        if var.name in shared.functions:
            continue
        function = module[var]
        if not isinstance(function, Function):
            raise fail(codes.NO_SUCH_FUNCTION, f"{var.name} is no Relax function", hint="name a Relax function")
        run(lower_function(shared, var.name, function))
    return Program(shared.functions)
