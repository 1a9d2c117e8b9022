"""Functions for other compilers around composite functions (CompositeFunctionAnnotator in TVM 0.19 to 0.27)."""

from __future__ import annotations

from relax_core.function_table import FunctionTable
from relax_core.ir.expr import (
    BindingBlock,
    Call,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    SeqExpr,
    Var,
    VarBinding,
)
from relax_core.names import NameTable
from relax_core.types.deduce import deduce, type_of
from relax_core.visit import Mutator, with_type
from tensor_core import codes
from tensor_core.diagnostics import fail


def codegen_name(composite: str) -> str:
    """The compiler that the name of a pattern starts with; R2R0703 without one."""
    name, dot, _ = composite.partition(".")
    if not dot:
        raise fail(codes.BAD_OPTION, f"pattern {composite!r} names no compiler", hint="call it COMPILER.NAME")
    return name


def without_attrs(function: Function, *names: str) -> Function:
    """The function without these attributes."""
    attrs = {name: value for name, value in (function.attrs or {}).items() if name not in names}
    return with_type(function.replace(attrs=attrs or None), function)


def annotate_composites(module: IRModule) -> IRModule:
    """The module with every composite function that is called inside of a function with the attributes ``Codegen`` and
    ``global_symbol``, which is called in its place.
    """
    result = module.copy()
    annotator = _Annotator(result)
    for var, function in module.functions.items():
        if isinstance(function, Function) and not {"Composite", "Codegen"} & set(function.attrs or ()):
            new = annotator.run(function)
            if new is not function:
                annotator.table.update(var, new)
    return result


class _Annotator(Mutator):
    def __init__(self, module: IRModule) -> None:
        super().__init__()
        self._module = module
        self.table = FunctionTable(module, NameTable(var.name for var in module))
        self._made: dict[GlobalVar, GlobalVar] = {}

    def leaf(self, expr: Expr) -> Expr:
        """Call the wrapper in the place of a composite function."""
        expr = super().leaf(expr)
        if not isinstance(expr, Call) or not isinstance(expr.op, GlobalVar):
            return expr
        wrapper = self._made.get(expr.op) or self._wrapped(expr.op)
        return expr if wrapper is None else with_type(expr.replace(op=wrapper), expr)

    def _wrapped(self, var: GlobalVar) -> GlobalVar | None:
        function = self._module.functions.get(var)
        composite = (function.attrs or {}).get("Composite") if isinstance(function, Function) else None
        if not isinstance(function, Function) or composite is None:
            return None
        compiler = codegen_name(composite)
        symbol = f"{var.name}_{compiler}"
        wrapper = wrapped(without_attrs(function, "Primitive"), {"Codegen": compiler, "global_symbol": symbol})
        del self._module[var]
        made = self._made[var] = self.table.add(wrapper, symbol)
        return made


def wrapped(inner: Function, attrs: dict[str, object]) -> Function:
    """A function that calls ``inner``, which it holds."""
    params = tuple(Var(param.name, param.ty) for param in inner.params)
    local = Var("local_func", type_of(inner))
    call = Call(local, params)
    call.memo("ty", deduce(call))
    output = Var("output", inner.ret_ty)
    body = SeqExpr((BindingBlock((VarBinding(local, inner), VarBinding(output, call))),), output)
    body.memo("ty", output.ty)
    result = Function(params, body, inner.ret_ty, inner.is_pure, attrs)
    type_of(result)
    return result
