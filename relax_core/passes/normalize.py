"""Normalize: functions in A-normal form (relax.transform.Normalize in TVM 0.19 to 0.27)."""

from __future__ import annotations

from relax_core.normalize import normalize_function
from relax_core.passes.function_pass import FunctionPass, relax_release
from tensor_core.passes import Pass, PassInfo


def Normalize() -> Pass:
    """Bring every function to normal form: arguments are leaves, bindings are typed, sequences are flat."""
    return FunctionPass(
        PassInfo(1, "Normalize"), lambda function, module, _: normalize_function(function, relax_release(module))
    )
