"""The tensor program that does what the programs do that a function calls (FusedTIRConstructor in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from relax_core.emit_te import program_flags, scalars_last
from relax_core.fusion.block_names import BlockNames
from relax_core.fusion.member import Held, Member, tensors
from relax_core.ir.expr import (
    Call,
    Expr,
    Function,
    IRModule,
    Op,
    PrimFunc,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import PrimType, ShapeType, TensorType
from relax_core.passes.function_pass import relax_release
from tensor_core import codes, prim, shapes
from tensor_core.diagnostics import fail
from tensor_core.prim import PrimExpr
from tensor_core.prim import Var as SymbolicVar
from tensor_core.shapes import Dim
from tensor_core.tir import expr as ex
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer, decl_buffer
from tensor_core.tir.renew import renewed
from tensor_core.tir.rewrite import substitute
from tensor_core.tir.to_loops import STRICT


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of the program: a parameter of the function by its place, or a dimension of one that is a shape."""

    place: int
    is_scalar: bool = False
    dim: int | None = None


@dataclass(frozen=True, slots=True)
class Fused:
    """A program and what it takes from the arguments of the function. ``in_place``: for each result the place among
    these that holds it afterwards, -1 for a new array; empty where all are new.
    """

    program: PrimFunc
    args: tuple[Argument, ...]
    in_place: tuple[int, ...]


def fused_program(module: IRModule, function: Function) -> Fused | None:
    """The program of a function in normal form; None when it calls none.

    R2R0205 for what is no call of a tensor program, R2R0203 for a size that is not known, R2R0202 for an argument that
    a program does not take.
    """
    fuser = _Fuser(module, function)
    fuser.collect()
    return fuser.fused() if fuser.bodies else None


class _Fuser:
    def __init__(self, module: IRModule, function: Function) -> None:
        self._module = module
        self._function = function
        self._release = relax_release(module)
        self._held: dict[Expr, Held] = {}
        self._symbols: dict[SymbolicVar, PrimExpr] = {}
        self._args: list[Argument] = []
        self._inputs: dict[Buffer | SymbolicVar, None] = {}
        self._allocations: list[Buffer] = []
        self._names: dict[str, int] = {}
        self._is_scheduled = self._is_strict = False
        self.bodies: list[st.Stmt] = []

    # ---- what the function holds

    def collect(self) -> None:
        """Take the parameters and bindings of the function."""
        for place, param in enumerate(self._function.params):
            self._param(place, param)
        body = self._function.body
        for block in body.blocks if isinstance(body, SeqExpr) else ():
            for binding in block.bindings:
                if not isinstance(binding, VarBinding):
                    self._refuse("it holds a match_cast", binding.span)
                self._held[binding.var] = self._value(binding.value)

    def _refuse(self, what: str, span: Any = None) -> NoReturn:
        message = f"a function to be fused calls tensor programs only: {what}"
        raise fail(codes.ILL_FORMED, message, span or self._function.span, "run LegalizeOps before FuseOps")

    def _param(self, place: int, param: Var) -> None:
        match param.ty:
            case TensorType():
                self._held[param] = buffer = decl_buffer(self._sizes(param.ty), param.ty.dtype, param.name)
                self._args.append(Argument(place))
                self._inputs[buffer] = None
            case PrimType():
                known = param.ty.value
                symbol = known if isinstance(known, SymbolicVar) else SymbolicVar(param.name, param.ty.dtype)
                self._held[param] = self._scalar(symbol, Argument(place, True))
            case ShapeType(values=values) if values is not None:
                for dim, symbol in enumerate(values):
                    if isinstance(symbol, SymbolicVar):
                        self._scalar(symbol, Argument(place, True, dim))
            case _:
                self._refuse(f"its parameter {param.name} is of type {param.ty}", param.span)

    def _scalar(self, symbol: SymbolicVar, argument: Argument) -> PrimExpr:
        own = self._own(symbol)
        if own not in self._inputs:
            self._args.append(argument)
            self._inputs[cast(SymbolicVar, own)] = None
        return own

    def _own(self, symbol: SymbolicVar) -> PrimExpr:
        return self._symbols.setdefault(symbol, SymbolicVar(symbol.name, symbol.dtype))

    def _expression(self, dim: Dim) -> PrimExpr:
        made = shapes.as_expr(dim)
        for symbol in shapes.free_vars(made):
            self._own(symbol)
        return substitute(made, self._symbols)

    def _sizes(self, type_: TensorType) -> list[PrimExpr]:
        if type_.dims is None:
            message = f"tensor programs are fused where all sizes are known, {type_} has none"
            raise fail(codes.UNRESOLVED_TYPE, message, self._function.span)
        return [self._expression(dim) for dim in type_.dims]

    def _value(self, value: Expr) -> Held:
        match value:
            case Call():
                return self._call(value)
            case TupleGetItem():
                return cast("tuple[Held, ...]", self._leaf(value.tuple_value))[value.index]
            case _:
                return self._leaf(value)

    def _leaf(self, leaf: Expr) -> Held:
        match leaf:
            case Var() if leaf in self._held:
                return self._held[leaf]
            case Tuple():
                return tuple([self._leaf(item) for item in leaf.fields])
            case PrimValue():
                return self._expression(leaf.value)
            case _:
                self._refuse(f"it uses {type(leaf).__name__}", getattr(leaf, "span", None))

    # ---- calls

    def _call(self, call: Call) -> Held:
        name = call.op.name if isinstance(call.op, Op) else ""
        if name not in ("relax.call_tir", "relax.call_tir_inplace"):
            self._refuse(f"it calls {name or 'a function'}", call.span)
        program = self._module.functions.get(cast(Any, call.args[0]))
        given = call.args[1]
        if not isinstance(program, PrimFunc) or not isinstance(given, Tuple):
            self._refuse("a callee is no tensor program of the module", call.span)
        attrs: Any = call.attrs or {}
        member = Member(program, call)
        results = member.results(len(given.fields), attrs.get("inplace_indices", ()))
        scalars = call.args[2].values if len(call.args) > 2 and isinstance(call.args[2], ShapeExpr) else ()
        values = [self._leaf(arg) for arg in given.fields]
        member.take(program.params, [*values])
        member.take(program.params[len(program.params) - len(scalars) :], list(map(self._expression, scalars)))
        outs = [self._result(member, buffer, type_) for buffer, type_ in zip(results, tensors(call), strict=True)]
        self._append(member)
        self._allocations += [buffer for buffer in outs if buffer not in values]
        return outs[0] if len(call.ty_args) == 1 and isinstance(call.ty_args[0], TensorType) else tuple(outs)

    def _result(self, member: Member, buffer: Buffer, type_: TensorType) -> Buffer:
        known = member.buffers.get(buffer)
        if known is not None:
            return known
        name = self._name(f"{buffer.name}_intermediate")
        made = buffer.replace(data=buffer.data.replace(name=name), shape=tuple(self._sizes(type_)), name=name)
        member.match(buffer, made)
        return made

    def _name(self, name: str) -> str:
        count = self._names.get(name, 0)
        self._names[name] = count + 1
        return f"{name}_{count}" if count else name

    def _append(self, member: Member) -> None:
        body, allocations = _opened(member.program.body)
        self._is_scheduled |= body is not member.program.body and isinstance(member.program.body, st.BlockRealize)
        self._is_strict |= bool(member.program.attrs.get(STRICT))
        member.check()
        body, own = renewed(body, allocations, member.values, member.buffers)
        self._allocations += own
        self.bodies += body.seq if isinstance(body, st.SeqStmt) else [body]

    # ---- the program

    def fused(self) -> Fused:
        """The program."""
        result = self._function.body
        outputs = list(_arrays(self._leaf(result.body if isinstance(result, SeqExpr) else result)))
        if len(set(outputs)) < len(outputs):
            self._refuse("two of its results are one array")
        places = {item: place for place, item in enumerate(self._inputs)}
        new = [buffer for buffer in outputs if buffer not in places]
        given = frozenset(new)
        allocations = [buffer for buffer in self._allocations if buffer not in given]
        body = BlockNames(self._release).applied(st.seq(self.bodies))
        if self._is_scheduled:
            root = st.Block((), (), (), "root", body, alloc_buffers=tuple(allocations))
            body = st.BlockRealize((), prim.IntImm(1, "bool"), root)
        else:
            for buffer in reversed(allocations):
                body = st.AllocBuffer(buffer, body)
        program = self._program(new, body)
        in_place = tuple([places.get(buffer, -1) for buffer in outputs])
        return Fused(program, tuple(self._args), in_place if any(place >= 0 for place in in_place) else ())

    def _program(self, outputs: Sequence[Buffer], body: st.Stmt) -> PrimFunc:
        named = {item: ex.HandleVar(f"p_{item.name}") for item in self._inputs if isinstance(item, Buffer)}
        named.update((item, ex.HandleVar(f"p_output{number}")) for number, item in enumerate(outputs))
        order: list[Buffer | SymbolicVar] = [*self._inputs, *outputs]
        if scalars_last(self._release):
            order.sort(key=lambda item: not isinstance(item, Buffer))
        params = tuple([named[item] if isinstance(item, Buffer) else item for item in order])
        attrs = program_flags(self._release)
        if not self._is_scheduled:
            attrs.pop("s_tir", None)
        if self._is_strict:
            attrs[STRICT] = True
        return PrimFunc(params, body, None, {var: buffer for buffer, var in named.items()}, attrs)


def _opened(body: st.Stmt) -> tuple[st.Stmt, tuple[Buffer, ...]]:
    """What stands in the outermost block of a program, or behind its first allocations, and what is allocated."""
    if isinstance(body, st.BlockRealize) and not body.block.iter_vars:
        return body.block.body, body.block.alloc_buffers
    allocations: list[Buffer] = []
    while isinstance(body, st.AllocBuffer):
        allocations.append(body.buffer)
        body = body.body
    return body, tuple(allocations)


def _arrays(held: Held) -> Iterator[Buffer]:
    stack = [held]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack += reversed(item)
        elif isinstance(item, Buffer):
            yield item
