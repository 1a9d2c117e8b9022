"""The function made of the bindings of a group (FunctionCreator in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from relax_core.fusion.symbols import free_symbols
from relax_core.ir.expr import (
    Binding,
    Call,
    Constant,
    DataflowBlock,
    DataflowVar,
    Expr,
    Function,
    GlobalVar,
    Op,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import ShapeType, TupleType
from relax_core.names import identifier
from relax_core.normalizer import result_type
from relax_core.symbol_mutator import with_new_variables
from relax_core.types.leaves import type_of
from relax_core.visit import map_leaves
from tensor_core import shapes

_CALLS_OF_KERNELS = ("relax.call_tir", "relax.call_tir_inplace")


class GroupFunction:
    """Collects bindings; what they use from outside becomes parameters, what is used outside the result.

    ``lift_constants``: constants become parameters, too. ``outer`` is what variables around the group are bound to:
    shapes and scalars that are known go into the function as they are.
    """

    def __init__(self, lift_constants: bool, outer: Mapping[Var, Expr]) -> None:
        self.bindings: list[Binding] = []
        self.outputs: list[Var] = []
        self.function: Function | None = None
        self._lift_constants = lift_constants
        self._outer = outer
        self._name = "fused"
        self._arguments: dict[Expr, Var] = {}
        self._inlined: dict[Expr, Expr] = {}
        self._defined: set[Expr] = set()
        # Tuples from outside of which only fields are used so far, with the indices of these.
        self._fields: dict[Expr, list[int]] = {}
        self._constants = 0

    @property
    def name(self) -> str:
        """The name of the function: what is called in it, in order."""
        return identifier(self._name)

    @property
    def arguments(self) -> list[Expr]:
        """What to call the finished function with."""
        return list(self._arguments)

    # ------------------------------------------------------------ collecting

    def append(self, binding: Binding) -> None:
        """Take a binding into the function."""
        value = binding.value
        if isinstance(binding, VarBinding):
            if isinstance(value, Call):
                self._call(value)
            elif isinstance(value, TupleGetItem):
                self._use(value.tuple_value)
                if value.tuple_value in self._fields:
                    self._fields[value.tuple_value].append(value.index)
            self._defined.add(binding.var)
            if not isinstance(binding.var, DataflowVar):
                self.add_output(binding.var)
        self.bindings.append(binding)

    def add_output(self, var: Var) -> None:
        """The variable is used outside of the group."""
        if var not in self.outputs:
            self.outputs.append(var)

    def _call(self, call: Call) -> None:
        callee = call.op
        if isinstance(callee, Op) and callee.name in _CALLS_OF_KERNELS:
            kernel, given = call.args[0], call.args[1]
            self._name += f"_{getattr(kernel, 'name', '')}"
            for arg in given.fields if isinstance(given, Tuple) else ():
                self._use(arg)
            return
        if isinstance(callee, Op):
            self._name += f"_{callee.name}"
        elif isinstance(callee, GlobalVar):
            self._name += f"_{callee.name.removeprefix('fused_')}"
        for arg in call.args:
            for item in arg.fields if isinstance(arg, Tuple) else (arg,):
                self._use(item)
            if isinstance(type_of(arg), TupleType):
                # All of it is used.
                self._fields.pop(arg, None)

    def _use(self, expr: Expr) -> None:
        if expr in self._arguments or expr in self._defined:
            return
        if isinstance(expr, Var):
            value = self._known(expr)
            if value is not expr and is_inlinable(value):
                self._inlined[expr] = value
                return
        elif isinstance(expr, Constant) and not self._lift_constants:
            return
        if isinstance(expr, Var):
            name = expr.name
        else:
            name = f"param_{self._constants}"
            self._constants += 1
        if not is_inlinable(expr):
            self._arguments[expr] = Var(name, type_of(expr))
            if isinstance(type_of(expr), TupleType):
                self._fields[expr] = []

    def _known(self, var: Var) -> Expr:
        value: Expr = var
        while isinstance(value, Var) and value in self._outer:
            value = self._outer[value]
        return value

    # ------------------------------------------------------------ making

    def finish(self, attrs: Mapping[str, Any]) -> None:
        """Make the function; it stays None when nothing of the group is used outside."""
        if not self.outputs:
            return
        replaced: dict[Expr, Expr] = dict(self._inlined)
        fields = self._with_fields()
        replaced.update(self._arguments)
        outputs: dict[Var, Expr] = {}
        named = 0
        block: list[Binding] = []
        for binding in self.bindings:
            var, value = binding.var, binding.value
            if isinstance(value, TupleGetItem) and (value.tuple_value, value.index) in fields:
                replaced[var] = fields[value.tuple_value, value.index]
            else:
                new: Any = binding
                made = DataflowVar(var.name, var.ty, var.span)
                if var in self.outputs:
                    made = Var(f"gv{named or ''}", var.ty, var.span)
                    named += 1
                block.append(new.replace(var=made, value=map_leaves(value, lambda leaf: replaced.get(leaf, leaf))))
                replaced[var] = made
            if var in self.outputs:
                outputs[var] = replaced[var]
        results = [outputs[var] for var in self.outputs]
        body: Expr = results[0] if len(results) == 1 else Tuple(tuple(results))
        seq = SeqExpr((DataflowBlock(tuple(block)),) if block else (), body)
        seq.memo("ty", type_of(body))
        self.function = self._finished(seq, attrs)

    def _with_fields(self) -> dict[tuple[Expr, int], Var]:
        """Parameters for the fields of tuples that are not used whole, in the place of those of the tuples."""
        made: dict[tuple[Expr, int], Var] = {}
        arguments: dict[Expr, Var] = {}
        for expr, param in self._arguments.items():
            indices = self._fields.get(expr)
            if not indices:
                arguments[expr] = param
                continue
            type_ = type_of(expr)
            assert isinstance(type_, TupleType)
            for index in indices:
                made[expr, index] = Var(f"{param.name}_{index}", type_.fields[index])
                arguments[TupleGetItem(expr, index)] = made[expr, index]
        self._arguments = arguments
        return made

    def _finished(self, body: SeqExpr, attrs: Mapping[str, Any]) -> Function:
        function = _function(list(self._arguments.values()), body, attrs)
        symbols = free_symbols(function)
        if symbols:
            self._arguments[ShapeExpr(symbols)] = Var("tir_vars", ShapeType(symbols))
            function = _function(list(self._arguments.values()), body, attrs)
        return with_new_variables(function)


def _function(params: Sequence[Var], body: SeqExpr, attrs: Mapping[str, Any]) -> Function:
    function = Function(tuple(params), body, None, True, dict(attrs))
    function = function.replace(ret_ty=result_type(function, body))
    type_of(function)
    return function


def is_inlinable(expr: Expr) -> bool:
    """Whether an expression is a shape or scalar, or a tuple of them, without symbolic variables."""
    return all(map(_is_known, _leaves(expr)))


def _leaves(expr: Expr) -> Iterator[Expr]:
    stack = [expr]
    while stack:
        item = stack.pop()
        if isinstance(item, Tuple):
            stack.extend(item.fields)
        else:
            yield item


def _is_known(expr: Expr) -> bool:
    if isinstance(expr, PrimValue):
        return not shapes.free_vars(expr.value)
    return isinstance(expr, ShapeExpr) and not any(map(shapes.free_vars, expr.values))
