"""AlterOpLayout: operators become what a table of functions says, in the layouts that they then take.

Relay's pass of this name, on Relax, where TVM has none: there functions are registered with operators
(``register_alter_op_layout``), here they are the pass's option. What an altered operator takes and gives is brought to
the layouts that its attributes state, and values keep them until another is needed, as with ConvertLayout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from relax_core.ir.expr import Call, Expr, Function, IRModule
from relax_core.ir.types import Type
from relax_core.layouts.table import TAKES_WISHES
from relax_core.passes.convert_layout import Asked, Layouts
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.retype import same
from relax_core.types.deduce import deduce, type_of
from relax_core.visit import op_name
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.passes import Pass, PassContext, PassInfo

Alter = Callable[[Any, Sequence[Expr], Sequence[Type | None], Type | None], Any]
"""``alter(attrs, args, types, result)``: the call to make instead of one, or None; given its attributes and arguments,
the types of these and of its result. Arguments are in the layouts that they had before anything was altered.

A call of the same operator on the same arguments may state other layouts and other attributes; any other call must be
of the same type.
"""

_LAYOUTS = ("data_layout", "kernel_layout", "out_layout", "layout")


def AlterOpLayout(alterations: Mapping[str, Alter]) -> Pass:
    """The pass. ``alterations``: by operator name ("relax.nn.conv2d"). In dataflow blocks. R2R0602 for what a function
    returns that is no call, R2R0703 for a call of another type and for layouts of an operator that follows its
    operands. Where blocks do not fill a dimension the call keeps its layouts.
    """

    def apply(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        release = relax_release(module)
        return Layouts(function, lambda call: _asked(call, alterations, release), release).run(function)

    return FunctionPass(PassInfo(0, "AlterOpLayout"), apply)


def _asked(call: Call, alterations: Mapping[str, Alter], release: str) -> Asked:
    alter = alterations.get(op_name(call))
    made = None if alter is None else alter(call.attrs, call.args, [*map(type_of, call.args)], type_of(call))
    if made is None:
        return call, None
    if not isinstance(made, Call):
        raise fail(codes.EXECUTION_FAILED, f"{op_name(call)} can only be altered to another call", call.span)
    alike = made.op is call.op and len(made.args) == len(call.args)
    if alike and all(new is old for new, old in zip(made.args, call.args, strict=True)):
        return _restated(call, made, release)
    return _typed(made, call, release), None


def _restated(call: Call, made: Call, release: str) -> Asked:
    """The call as it was laid out, with the attributes that are others, and the layouts that it is to have."""
    old, new = dict(call.attrs or {}), dict(made.attrs or {})
    stated = {name: old[name] for name in _LAYOUTS if name in old}
    wanted = [new[name] or new["data_layout"] for name in stated]
    plain = call
    if any(old[name] != new.get(name) for name in old if name not in stated):
        assert isinstance(made.attrs, Attrs)
        plain = _typed(made.replace(attrs=Attrs(made.attrs.type_key, {**new, **stated})), call, release)
    if wanted == [value or old["data_layout"] for value in stated.values()]:
        return plain, None
    if op_name(call).removeprefix("relax.") not in TAKES_WISHES:
        raise fail(codes.BAD_OPTION, f"no layout can be asked of {op_name(call)}", hint="it follows its operands")
    return plain, wanted


def _typed(made: Call, call: Call, release: str) -> Call:
    typed = made.replace()
    typed.memo("ty", deduce(typed, release))
    if not same(type_of(typed), type_of(call)):
        message = f"{op_name(call)} of type {type_of(call)} was altered to a call of type {type_of(typed)}"
        raise fail(codes.BAD_OPTION, message, call.span)
    return typed
