"""LazyGradientInit: tensors of zeros and ones are made when they are needed, and sums and products with them are not
computed (TVM 0.19).

Every tensor becomes a ``GradCell`` (``gradient.rly`` of the standard library): ``Zero`` and ``One`` hold a function
that makes the tensor, ``Raw`` the tensor itself. Around the function stands one that takes and gives tensors. TVM
makes a ``One`` of ``zeros_like``, so that a product with it is wrong; here it is a ``Zero``.
"""

from __future__ import annotations

from typing import Any

from relay_compat.analysis.feature import Feature, detect_feature
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Call, Constant, Expr, Function, Op, Tuple, TupleGetItem, Var
from relay_compat.ir.module import IRModule as RelayModule
from relay_compat.ir.types import TensorType, TupleType, Type, TypeCall
from relay_compat.let_list import LetList
from relay_compat.structural import structural_equal
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.type_functor import TypeMutator
from relay_compat.visit import Rewriter
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Contract, Pass, PassContext, PassInfo

_MAKES = {"ones": "One", "ones_like": "One", "zeros": "Zero", "zeros_like": "Zero"}
_COMPUTES = {"add": "AddGradCell", "multiply": "MultiplyGradCell"}


def LazyGradientInit() -> Pass:
    """The pass. DiagnosticError R2R0602 for a function with shared nodes: ToANormalForm binds them to variables."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        assert isinstance(module, RelayModule)
        if Feature.fGraph in detect_feature(function):
            message = "LazyGradientInit: the function has nodes with several users"
            raise fail(codes.EXECUTION_FAILED, message, function.span, hint="run ToANormalForm first")
        cells = _Cells(module)
        lazy = _Lazy(cells).rewrite(function)
        return function if lazy is function else _around(function, lazy, cells)

    return FunctionPass(PassInfo(2, "LazyGradientInit", contract=Contract.REASSOCIATING), run)


class _Cells(TypeMutator):
    """What the standard library has for cells; as a function over types, tensors to cells."""

    def __init__(self, module: RelayModule) -> None:
        module.import_from_std("gradient.rly")
        self.type, *constructors = module.get_type("GradCell")
        self._constructors: dict[str, Constructor] = {item.name_hint: item for item in constructors}
        self._module = module

    def visit_tensor_type(self, tt: TensorType) -> Type:
        """The cell of such tensors."""
        return TypeCall(self.type, (tt,))

    def visit_type_var(self, tv: Any) -> Any:
        """The variable itself."""
        return tv

    def visit_global_type_var(self, gtv: Any) -> Any:
        """The name itself."""
        return gtv

    def made(self, name: str, *args: Expr, of: Type | None) -> Call:
        """A cell by its constructor's name."""
        return Call(self._constructors[name], args, None, _listed(of))

    def call(self, name: str, *args: Expr, of: Type | None = None) -> Call:
        """A call of one of the library's functions."""
        return Call(self._module.get_global_var(name), args, None, _listed(of))


def _listed(of: Type | None) -> tuple[Type, ...]:
    return () if of is None else (of,)


class _Lazy(Rewriter):
    def __init__(self, cells: _Cells) -> None:
        super().__init__()
        self._cells = cells

    def leave(self, old: Node, new: Node) -> Node:
        match new:
            case Var(type_annotation=Type() as annotation):
                return new.replace(type_annotation=self._cells.visit(annotation))
            case Constant():
                return self._cells.made("Raw", new, of=new.checked_type)
            case Function():
                result = new.ret_type and self._cells.visit(new.ret_type)
                return new.replace(ret_type=result)
            case Call(op=Op()):
                assert isinstance(old, Call)
                return self._operator(old, new)
            case Call() if new.type_args:
                return new.replace(type_args=tuple(map(self._cells.visit, new.type_args)))
            case _:
                return new

    def _operator(self, old: Call, new: Call) -> Call:
        assert isinstance(old.op, Op)
        name, type_ = old.op.name, old.checked_type
        if name in _MAKES:
            make = Function((), self._on_tensors(old, new), type_)
            return self._cells.made(_MAKES[name], make, of=type_)
        if name in _COMPUTES and structural_equal(_type(old.args[0]), _type(old.args[1])):
            operand = _type(old.args[0])
            left, right = Var("lhs", operand), Var("rhs", operand)
            compute = Function((left, right), Call(old.op, (left, right)), operand)
            return self._cells.call(_COMPUTES[name], compute, *new.args, of=operand)
        return self._cells.made("Raw", self._on_tensors(old, new), of=type_)

    def _on_tensors(self, old: Call, new: Call) -> Call:
        args = [
            self._cells.call("FromGradCell", arg, of=_type(before))
            for before, arg in zip(old.args, new.args, strict=True)
        ]
        return Call(old.op, tuple(args), old.attrs)


def _type(expr: Any) -> Type:
    return expr.checked_type


def _around(function: Function, lazy: Function, cells: _Cells) -> Function:
    """A function of tensors that calls one of cells."""
    bindings = LetList()
    args = tuple([_wrapped(param, param.checked_type, cells, bindings) for param in function.params])
    result = bindings.push(Call(lazy, args))
    body = _unwrapped(result, lazy.ret_type, cells, bindings)
    return Function(function.params, bindings.get(body), function.ret_type)


def _wrapped(var: Var, type_: Type, cells: _Cells, bindings: LetList) -> Expr:
    if isinstance(type_, TensorType):
        return cells.made("Raw", var, of=type_)
    if not isinstance(type_, TupleType):
        return var
    items = [bindings.push(TupleGetItem(var, n)) for n in range(len(type_.fields))]
    return Tuple(
        tuple([_wrapped(item, field, cells, bindings) for item, field in zip(items, type_.fields, strict=True)])
    )


def _unwrapped(var: Var, type_: Type | None, cells: _Cells, bindings: LetList) -> Expr:
    if isinstance(type_, TypeCall) and type_.func is cells.type:
        return cells.call("FromGradCell", var)
    if not isinstance(type_, TupleType):
        return var
    items = [bindings.push(TupleGetItem(var, n)) for n in range(len(type_.fields))]
    fields = [_unwrapped(item, field, cells, bindings) for item, field in zip(items, type_.fields, strict=True)]
    return Tuple(tuple(fields))
