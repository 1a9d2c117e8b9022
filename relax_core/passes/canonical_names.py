"""Names of names, of constants and of known fields, taken away (CanonicalizeRelaxBindings in TVM)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Constant,
    DataflowBlock,
    DataflowVar,
    Expr,
    Function,
    MatchCast,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TupleType
from relax_core.retype import RetypingMutator, same
from relax_core.types.leaves import type_of
from relax_core.visit import scopes, variables
from tensor_core.trampoline import Steps

E = TypeVar("E", bound=Expr)


def canonicalize_names(expr: E, release: str = "0.27") -> E:
    """A function or body in normal form without trivial bindings."""
    return _Names(_Plan(expr), release).run_expr(expr)  # pyright: ignore[reportReturnType]


class _Plan:
    """What to replace where: uses of variables, the variables that bindings define, and bindings to leave out."""

    def __init__(self, root: Expr) -> None:
        self.uses: dict[Var, Expr] = {}
        self.definitions: dict[Var, Var] = {}
        self.removed: set[Var] = set()
        self._known: dict[Var, Expr] = {}
        self._home: dict[Var, BindingBlock] = {}
        self._trivial: dict[Var, Var] = {}
        self._constants: dict[Var, Constant] = {}
        self._inner: dict[Var, None] = {}
        self._escaping: set[Var] = set()
        self._collect(root)
        self._decide()

    # ------------------------------------------------------------ what the program says

    def _collect(self, root: Expr) -> None:
        """Visit bindings in order, nested bodies where they stand."""
        stack: list[Iterator[Any]] = [self._body(root)]
        while stack:
            nested = next(stack[-1], None)
            if nested is None:
                stack.pop()
            else:
                stack.append(self._body(nested))

    def _body(self, expr: Expr) -> Iterator[Expr]:
        """Visit one body; yields the bodies nested in it, at their place."""
        if isinstance(expr, Function):
            self._inner_of_function(expr)
            expr = expr.body
        if not isinstance(expr, SeqExpr):
            self._escaping.update(variables(expr))
            return
        for block in expr.blocks:
            dataflow = isinstance(block, DataflowBlock)
            for binding in block.bindings:
                self._binding(binding, block, dataflow)
                if isinstance(binding, VarBinding):
                    yield from scopes(binding.value)
        self._escaping.update(variables(expr.body))

    def _inner_of_function(self, function: Function) -> None:
        """A local function may be called anywhere: what it takes from outside escapes."""
        defined, mentioned = set(function.params), set[Var]()
        stack: list[Expr] = [function.body]
        while stack:
            item = stack.pop()
            if isinstance(item, Function):
                defined.update(item.params)
                item = item.body
            if isinstance(item, SeqExpr):
                mentioned.update(variables(item.body))
                for binding in (binding for block in item.blocks for binding in block.bindings):
                    defined.add(binding.var)
                    stack.append(binding.value)
            else:
                mentioned.update(variables(item))
                stack.extend(scopes(item))
        self._escaping.update(mentioned - defined)

    def _binding(self, binding: Binding, block: BindingBlock, dataflow: bool) -> None:
        var = binding.var
        value: Expr = binding.value
        for used in variables(value):
            if not dataflow or self._home.get(used, block) is not block:
                self._escaping.add(used)
        known = self._unwrapped(value)
        value = value if known is None else known
        if isinstance(value, Var) and (not isinstance(binding, MatchCast) or same(var.ty, type_of(binding.value))):
            self._trivial[var] = value
        if isinstance(value, Constant):
            self._constants[var] = value
        self._known[var] = value
        self._home[var] = block
        if dataflow:
            self._inner[var] = None

    def _resolved(self, expr: Expr) -> Expr:
        while isinstance(expr, Var) and expr in self._known:
            expr = self._known[expr]
        return expr

    def _unwrapped(self, expr: Expr) -> Expr | None:
        """What a field of a known tuple, or a tuple of all fields of one, is."""
        if isinstance(expr, TupleGetItem):
            known = self._resolved(expr.tuple_value)
            return known.fields[expr.index] if isinstance(known, Tuple) else None
        return self._copied(expr) if isinstance(expr, Tuple) and expr.fields else None

    def _copied(self, expr: Tuple) -> Expr | None:
        """The tuple of which this one holds all fields in order."""
        source: Expr | None = None
        for place, field in enumerate(expr.fields):
            item = self._resolved(field)
            if not isinstance(item, TupleGetItem) or item.index != place:
                return None
            origin = self._resolved(item.tuple_value)
            if place == 0:
                type_ = type_of(item.tuple_value)
                if not isinstance(type_, TupleType) or len(type_.fields) != len(expr.fields):
                    return None
                source = origin
            elif origin is not source:
                return None
        return source

    # ------------------------------------------------------------ what follows

    def _decide(self) -> None:
        replaced: dict[Var, Var] = {}
        for var in self._inner:
            if not isinstance(var, DataflowVar) and var not in self._escaping:
                replaced[var] = self.definitions[var] = DataflowVar(var.name, var.ty, var.span)
        roots: dict[Var, Var] = {}
        for var, target in self._trivial.items():
            # Bindings come in order, so what an earlier name stands for is known.
            root = roots[var] = roots.get(target, target)
            while root in self.definitions:
                root = self.definitions[root]
            self.removed.add(var)
            if isinstance(var, DataflowVar) or not isinstance(root, DataflowVar) or var not in self._escaping:
                replaced[var] = root
            else:
                self.definitions[root] = replaced[root] = var
        self.uses = {**replaced, **{var: value for var, value in self._constants.items() if var not in replaced}}


class _Names(RetypingMutator):
    def __init__(self, plan: _Plan, release: str) -> None:
        super().__init__(release)
        self._plan = plan
        self.replaced.update(plan.uses)

    def definition(self, var: Var) -> Var:
        """The variable to define in its place."""
        while var in self._plan.definitions:
            var = self._plan.definitions[var]
        return var

    def define(self, var: Var, new: Var) -> None:
        """Note a new variable, unless a use of the old one already leads to it."""
        if self.resolve(var) is not new:
            super().define(var, new)

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Leave out what is another name."""
        return () if binding.var in self._plan.removed else (yield super().rewrite(binding))

    def block(self, block: BindingBlock) -> Steps[BindingBlock]:
        """In a dataflow block, variables that only serve to be an output become the output."""
        new = yield super().block(block)
        return _outputs_in_place(new) if isinstance(new, DataflowBlock) else new


def _outputs_in_place(block: DataflowBlock) -> DataflowBlock:
    """The block with ``output = v`` replaced by what defines ``v``, where nothing else uses ``v``."""
    uses: dict[Var, int] = {}
    outputs: dict[Var, Binding] = {}
    for binding in block.bindings:
        value: Expr = binding.value
        for var in _free(value):
            uses[var] = uses.get(var, 0) + 1
        # A cast takes a variable: what it casts stays bound.
        if not isinstance(binding, VarBinding) or isinstance(binding.var, DataflowVar):
            continue
        if isinstance(value, DataflowVar):
            outputs[value] = binding
    defined: dict[Var, Expr] = {
        binding.var: binding.value for binding in block.bindings if binding.var in outputs and uses[binding.var] == 1
    }
    if not defined:
        return block
    bindings: list[Binding] = []
    for binding in block.bindings:
        value = binding.value
        if binding.var in defined:
            continue
        new = defined.get(value) if isinstance(value, Var) and binding is outputs.get(value) else None
        changed: Any = binding
        bindings.append(binding if new is None else changed.replace(value=new))
    return block.replace(bindings=tuple(bindings))


def _free(value: Expr) -> Iterator[Var]:
    stack: list[Expr] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Function):
            item = item.body
        if isinstance(item, SeqExpr):
            yield from variables(item.body)
            stack.extend(binding.value for block in item.blocks for binding in block.bindings)
        else:
            yield from variables(item)
            stack.extend(scopes(item))
