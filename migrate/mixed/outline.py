"""Cut one Relay function into several, so that a model that is one function can move in steps.

Each range of its steps (:mod:`migrate.mixed.cuts`) becomes a global function of the values that it needs, and the
function calls one after the other. Nodes keep their spans and sharing, parameters their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import relay_compat.ir.expr as relay
import relay_compat.ir.types as relay_types
from migrate.forward.effects import Effects
from migrate.forward.survey import Survey
from migrate.mixed.cuts import Line
from relay_compat.scopes import Bind
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr, IRModule
from tensor_core.node import Node
from tensor_core.spans import Span
from tensor_core.types import Type

_KEPT_WHOLE = ("Primitive", "Compiler", "Composite", "Extern")


def outline(module: IRModule, parts: int = 8, function: str = "main") -> IRModule:
    """The module with a function cut into ``parts`` global functions ``NAME_part1``, ..., which it calls in order.

    There are fewer parts where the function has too few operator calls, or too few places to cut: a place at which a
    function value or a reference is alive is none. The given module stays as it is. R2R0603 for an unknown name,
    R2R0703 for a number of parts below 1, R2R0403 for a function that is polymorphic or belongs to a code generator;
    errors of type inference.
    """
    if parts < 1:
        raise fail(codes.BAD_OPTION, f"a function cannot be cut into {parts} parts", hint="give 1 or more")
    module = infer_types(module)
    var = module.get_global_var(function)
    whole = module[var]
    if not isinstance(whole, relay.Function):
        raise fail(codes.NO_SUCH_FUNCTION, f"@{function} is not a Relay function", hint="name a Relay function")
    if whole.type_params or any(name in whole.attrs for name in _KEPT_WHOLE):
        raise fail(codes.REFUSED_CONSTRUCT, f"@{function} is polymorphic or marked as one kernel", whole.span)
    line = Line(whole)
    bounds = line.bounds(parts)
    if len(bounds) < 3:
        return module
    has_lets = any(isinstance(step, Bind) for step in line.steps) or whole in Effects(Survey(module)).impure
    result = module.copy()
    result[var] = _Cutter(result, function, whole, line, in_order=has_lets).run(bounds)
    return infer_types(result)


@dataclass
class _Cutter:
    """Makes the parts. ``in_order``: every step is bound by a let, so that effects keep their order."""

    module: IRModule
    name: str
    function: relay.Function
    line: Line
    in_order: bool

    def run(self, bounds: Sequence[int]) -> relay.Function:
        """The function that calls the parts, which are put into the module."""
        values: dict[Expr, Expr] = {param: param for param in self.function.params}
        lets: list[tuple[relay.Var, Expr]] = []
        result: Expr = self.function.body
        for number, (start, stop) in enumerate(pairwise(bounds), 1):
            inputs, outputs = self._inputs(start, stop), self._outputs(start, stop)
            part = self._part(start, stop, inputs, outputs)
            name = relay.GlobalVar(_fresh(self.module, f"{self.name}_part{number}"))
            self.module[name] = part
            result = relay.Call(name, tuple([values[item] for item in inputs]), span=part.span)
            if self.in_order:
                let = relay.Var(f"part{number}")
                lets.append((let, result))
                result = let
            if len(outputs) == 1:
                values[outputs[0]] = result
            else:
                values.update((item, relay.TupleGetItem(result, place)) for place, item in enumerate(outputs))
        for var, value in reversed(lets):
            result = relay.Let(var, value, result)
        return self.function.replace(body=result)

    def _inputs(self, start: int, stop: int) -> list[Expr]:
        line = self.line
        used = dict.fromkeys(item for uses in line.uses[start:stop] for item in uses if line.defined[item] < start)
        if stop == len(line.steps) and line.defined.get(line.result, stop) < start:
            used[line.result] = None
        return list(used)

    def _outputs(self, start: int, stop: int) -> list[Expr]:
        line = self.line
        if stop == len(line.steps):
            return [line.result]
        steps = (step for step in line.steps[start:stop] if not isinstance(step, Bind))
        return [step for step in steps if line.last_use.get(step, -1) >= stop]

    def _part(self, start: int, stop: int, inputs: Sequence[Expr], outputs: Sequence[Expr]) -> relay.Function:
        line, names = self.line, _Names()
        params = [relay.Var(names.of(item), _type(item), _span(item)) for item in inputs]
        rewriter = _Inside(dict[Node, Node](zip(inputs, params, strict=True)), line)
        lets: list[tuple[relay.Var, Expr]] = []
        for step in line.steps[start:stop]:
            if isinstance(step, Bind):
                continue
            var = line.bound.get(step)
            if var is not None:
                # A function may call itself by its variable.
                rewriter.done[var] = var
            made = rewriter.rewrite(step)
            if self.in_order:
                var = var or relay.Var(names.of(step))
                lets.append((var, made))
                rewriter.done[step] = made = var
        results = tuple([rewriter.rewrite(item) for item in outputs])
        body: Expr = results[0] if len(results) == 1 else relay.Tuple(results)
        for var, value in reversed(lets):
            body = relay.Let(var, value, body)
        types = tuple(map(_type, outputs))
        type_ = types[0] if len(types) == 1 else relay_types.TupleType(types)
        first = next((_span(step) for step in line.steps[start:stop] if not isinstance(step, Bind)), None)
        return relay.Function(tuple(params), body, type_, span=first)


class _Inside(Rewriter):
    """A part's nodes over its parameters, let variables of the whole function looked through."""

    def __init__(self, values: Mapping[Node, Node], line: Line) -> None:
        super().__init__()
        self.done.update(values)
        self._line = line

    def order(self, node: Node) -> Iterator[Node]:
        """As usual; what a let variable of the whole function stands for comes before it."""
        if isinstance(node, relay.Var):
            item = self._line.item(node)
            return iter(()) if item is node else iter((item,))
        return super().order(node)

    def leave(self, old: Node, new: Node) -> Node:
        """What a variable stands for, in its place."""
        if isinstance(old, relay.Var):
            item = self._line.item(old)
            return new if item is old else self.done[item]
        return new


class _Names:
    """Names of a part's parameters: what the values are called already, else after their operators."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def of(self, item: Expr) -> str:
        """A new name."""
        if isinstance(item, relay.Var):
            hint = item.name
        elif isinstance(item, relay.Call) and isinstance(item.op, relay.Op | relay.GlobalVar):
            hint = item.op.name.rpartition(".")[2]
        else:
            hint = type(item).__name__.lower()
        count = self._taken[hint] = self._taken.get(hint, -1) + 1
        return f"{hint}_{count}" if count else hint


def _fresh(module: IRModule, name: str) -> str:
    number, result = 0, name
    while result in module:
        number += 1
        result = f"{name}_{number}"
    return result


def _type(item: Expr) -> Type:
    assert isinstance(item, relay.RelayExpr)
    return item.checked_type


def _span(item: Expr) -> Span | None:
    return getattr(item, "span", None)
