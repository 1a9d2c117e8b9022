"""AlterOpImpl: tensor programs of one's own in the place of those of some operators (relax.transform of TVM 0.19 to
0.27).

A program says with the attribute ``operator_name`` what it computes. Its arrays may have another layout in the new
program; then they are transformed before the call, and the results back behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from relax_core.emit_te import program_flags
from relax_core.expr_functor import PyExprMutator
from relax_core.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    PrimFunc,
    ShapeExpr,
    Tuple,
    TupleGetItem,
)
from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.op import creator
from relax_core.passes.attach_attr_layout_free_buffers import called_program
from relax_core.passes.function_pass import relax_release
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ops.shape_moves.index_map import mapped_shape
from tensor_core.passes import ModulePass, Pass, PassInfo
from tensor_core.prim import Var
from tensor_core.shapes import Shape
from tensor_core.te.create import create_prim_func
from tensor_core.te.tensor import compute, placeholder
from tensor_core.tir.expr import IndexMap
from tensor_core.tir.index_maps import copied, inverse

_NAME = "operator_name"
Maps = Sequence[IndexMap | None]
"""For each array of a program, arguments and results, how its indices change; None where they do not."""


def AlterOpImpl(op_impl_map: Mapping[str, PrimFunc], op_buffer_transforms: Mapping[str, Maps]) -> Pass:
    """The pass. ``op_impl_map``: by operator name, the program; ``op_buffer_transforms``: by operator name, the maps of
    all of its arrays or of none. R2R0703 where the numbers of arrays differ, and for a map of a result whose
    way back is not known.
    """
    for name, program in op_impl_map.items():
        maps = op_buffer_transforms.get(name) or ()
        if maps and len(maps) != len(program.params):
            raise fail(codes.BAD_OPTION, f"{name} has {len(program.params)} arrays, and maps for {len(maps)} of them")
    return ModulePass(
        PassInfo(0, "AlterOpImpl"), lambda module, _: _Altering(module, op_impl_map, op_buffer_transforms).altered()
    )


class _Altering(PyExprMutator):
    def __init__(self, module: IRModule, programs: Mapping[str, PrimFunc], maps: Mapping[str, Maps]) -> None:
        super().__init__(module)
        self._module = module
        self._release = relax_release(module)
        self._programs, self._maps = programs, maps
        self._cutting: dict[tuple[int, str], GlobalVar] = {}

    def altered(self) -> IRModule:
        """The module with its Relax functions changed and the programs added."""
        for var, function in self._module.functions.items():
            if isinstance(function, Function):
                changed = self.visit_expr(function)
                if changed is not function:
                    self.builder_.update_func(var, changed)
        return self.builder_.get()

    def visit_call_(self, op: Call) -> Any:
        """The call of the new program, with what it needs around it."""
        call = self.visit_expr_post_order(op)
        found = called_program(self._module, call)
        name = "" if found is None else str(found[1].attrs.get(_NAME, ""))
        if found is None or name not in self._programs:
            return call
        program, given = self._programs[name], found[2]
        maps = tuple(self._maps.get(name) or ())
        if len(program.params) != len(found[1].params):
            raise fail(codes.BAD_OPTION, f"the program of {name} has {len(found[1].params)} arrays", call.span)
        callee = self.builder_.add_func(program.with_attr(_NAME, name), f"{name.replace('.', '_')}_replacement")
        if not maps:
            return call.replace(args=(callee, *call.args[1:]))
        args = [self._transformed(arg, each) for arg, each in zip(given, maps, strict=False)]
        outs = _results(call.ty_args[0])
        behind = maps[len(maps) - len(outs) :]
        types = [_mapped(out, each) for out, each in zip(outs, behind, strict=True)]
        out = types[0] if isinstance(call.ty_args[0], TensorType) else TupleType(tuple(types))
        scalars = call.args[2].values if len(call.args) > 2 and isinstance(call.args[2], ShapeExpr) else None
        made = self.builder_.emit(self.builder_.call_tir(callee, args, out, scalars))
        if isinstance(call.ty_args[0], TensorType):
            return self._back(made, behind[0], outs[0])
        fields: list[Expr] = []
        for n, (each, type_) in enumerate(zip(behind, outs, strict=True)):
            value = self._back(self.builder_.emit(TupleGetItem(made, n)), each, type_)
            fields.append(self.builder_.emit(value) if isinstance(value, Call) else value)
        return Tuple(tuple(fields))

    def _transformed(self, arg: Expr, index_map: IndexMap | None) -> Expr:
        if index_map is None or (isinstance(arg, Constant) and not arg.data.ndim):
            return arg
        return self.builder_.emit(self._transform(arg, copied(index_map)))

    def _transform(self, value: Expr, index_map: IndexMap) -> Expr:
        return creator("layout_transform", self._release)(value, index_map)

    def _back(self, value: Expr, index_map: IndexMap | None, type_: TensorType) -> Expr:
        """A result in the layout of the old program, without what was padded."""
        if index_map is None:
            return value
        back, padded = inverse(index_map, _dims(type_))
        made = self._transform(value, back)
        if not padded:
            return made
        return self.builder_.call_tir(self._cut(type_), [self.builder_.emit(made)], type_)

    def _cut(self, type_: TensorType) -> GlobalVar:
        """The program that takes the beginning of an array of more elements along each dimension."""
        key = (type_.ndim, type_.dtype)
        if key not in self._cutting:
            whole, part = ([Var(f"{name}{n}") for n in range(type_.ndim)] for name in "pi")
            source = placeholder(whole, type_.dtype, "input")
            target = compute(part, lambda *i: source[i], name="output")
            attrs = {**program_flags(self._release), _NAME: "remove_pad"}
            self._cutting[key] = self.builder_.add_func(create_prim_func([source, target], attrs), "remove_pad")
        return self._cutting[key]


def _results(type_: Type) -> list[TensorType]:
    fields = type_.fields if isinstance(type_, TupleType) else (type_,)
    found = [field for field in fields if isinstance(field, TensorType)]
    if len(found) < len(fields):
        raise fail(codes.TYPE_MISMATCH, f"call_tir gives tensors, not {type_}")
    return found


def _dims(type_: TensorType) -> Shape:
    if type_.dims is None:
        raise fail(codes.TYPE_MISMATCH, f"the sizes of a tensor must be known to transform it: {type_}")
    return type_.dims


def _mapped(type_: TensorType, index_map: IndexMap | None) -> TensorType:
    if index_map is None:
        return type_
    shape = mapped_shape(index_map.initial_indices, index_map.final_indices, _dims(type_))
    return TensorType(shape, type_.dtype, type_.vdevice)
