"""What stands in for a call that cannot be said: a tensor program that fails when it is run, naming the operator.

Every TVM release builds it (an assertion that never holds) and nothing has to be registered first, so everything before
and around it runs. Its attributes keep the operator's name and attributes for whoever writes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import relax_core.ir.expr as relax
from migrate.forward.names import legal
from relax_core.fragment import field_of
from relax_core.ir.types import TensorType
from relax_core.names import NameTable
from relax_core.normalizer import Normalizer
from relax_core.types.leaves import type_of
from tensor_core.module import GlobalVar, IRModule
from tensor_core.prim import IntImm, PrimExpr, Var
from tensor_core.tir import expr as ex
from tensor_core.tir import stmt as st
from tensor_core.tir.api import assert_stmt
from tensor_core.tir.buffer import Buffer, decl_buffer
from tensor_core.tir.function import PrimFunc
from tensor_core.types import TupleType, Type, leaves

EXTERNAL_PREFIX = "relay."
"""An operator NAME whose results have no known shapes is called as the external function relay.NAME."""


class Stubs:
    """The stubs of one module: calls that are alike share one."""

    def __init__(self, module: IRModule, names: NameTable) -> None:
        self._module = module
        self._names = names
        self._made: dict[object, GlobalVar] = {}

    def call(
        self, op: str, attrs: Mapping[str, Any], args: Sequence[relax.Expr], result: Type, emitter: Normalizer
    ) -> tuple[relax.Expr, str]:
        """A call of the stub for ``op``, and what is called."""
        outs = list(leaves(result))
        if not all(isinstance(out, TensorType) and out.dims is not None and out.dtype for out in outs):
            callee = relax.ExternFunc(EXTERNAL_PREFIX + op)
            call = relax.Call(relax.op("relax.call_pure_packed"), (callee, *args), ty_args=(result,))
            return emitter.normal(call), f"call_pure_packed {callee.name}"
        arrays = [leaf for arg in args for leaf in _arrays(arg, emitter)]
        name = self._get(op, attrs, [type_of(array) for array in arrays], outs)
        stated = outs[0] if len(outs) == 1 else TupleType(tuple(outs))
        operands = (name, relax.Tuple(tuple(arrays)))
        value = emitter.normal(relax.Call(relax.op("relax.call_tir"), operands, ty_args=(stated,)))
        return _nested(value, result, emitter), f"call_tir {name.name}"

    def _get(self, op: str, attrs: Mapping[str, Any], inputs: Sequence[Any], outs: Sequence[Any]) -> GlobalVar:
        written = ", ".join(f"{key}={value!r}" for key, value in attrs.items())
        kinds = tuple([(item.ndim, item.dtype) for item in (*inputs, *outs)])
        key = (op, written, len(inputs), kinds)
        if key not in self._made:
            var = GlobalVar(self._names.unique(f"unsupported_{legal(op)}"))
            self._module[var] = program = _program(op, written, var.name, kinds, len(inputs))
            var.memo("checked", type_of(program))
            self._made[key] = var
        return self._made[key]


def _program(op: str, attrs: str, name: str, kinds: Sequence[tuple[int, str]], inputs: int) -> PrimFunc:
    buffers: dict[Var, Buffer] = {}
    for place, (rank, dtype) in enumerate(kinds):
        hint = f"arg{place}" if place < inputs else f"out{place - inputs}"
        # Sizes are those of the arrays that come: an expression of sizes is none that a parameter could define.
        shape: list[PrimExpr] = [Var(f"{hint}_{axis}", "int64") for axis in range(rank)]
        buffers[ex.HandleVar(hint)] = decl_buffer(shape, dtype, hint)
    message = f"Relay operator {op} was not converted: replace the tensor program {name} by one that computes it"
    body = assert_stmt(IntImm(0, "bool"), message, st.Evaluate(IntImm(0, "int32")))
    return PrimFunc(tuple(buffers), body, None, buffers, {"relay.op": op, "relay.attrs": attrs})


def _arrays(value: relax.Expr, emitter: Normalizer) -> list[relax.Expr]:
    """The arrays that an argument holds; what is none (a function, a reference) is left out."""
    type_ = type_of(value)
    if isinstance(type_, TupleType):
        fields = [emitter.argument(field_of(value, place)) for place in range(len(type_.fields))]
        return [leaf for field in fields for leaf in _arrays(field, emitter)]
    return [value] if isinstance(type_, TensorType) else []


def _nested(value: relax.Expr, type_: Type, emitter: Normalizer) -> relax.Expr:
    """The results of a call nested as the type is."""
    if not isinstance(type_, TupleType):
        return value
    flat = len(list(leaves(type_)))
    if flat == len(type_.fields) and flat > 1:
        return value
    bound = emitter.bind(value)
    items = iter([bound] if flat == 1 else [emitter.normal(relax.TupleGetItem(bound, n)) for n in range(flat)])

    def built(part: Type) -> relax.Expr:
        if not isinstance(part, TupleType):
            return next(items)
        return emitter.argument(relax.Tuple(tuple(map(built, part.fields))))

    return built(type_)
