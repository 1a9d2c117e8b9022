"""A mutator whose result is typed anew where arguments or variables changed their types (ExprMutator in TVM)."""

from __future__ import annotations

from collections.abc import Collection

from relax_core.ir.expr import Binding, Call, Expr, Function, If, MatchCast, SeqExpr, Tuple, Var, VarBinding
from relax_core.ir.types import Type
from relax_core.normalizer import joined, result_type
from relax_core.types.deduce import deduce, deduce_branch, type_of
from relax_core.types.relations import definable_symbols, forget, is_base_of
from relax_core.visit import Mutator, substitute, variables
from tensor_core import shapes
from tensor_core.arith import Analyzer
from tensor_core.prim import Var as SymbolicVar
from tensor_core.trampoline import Steps, run


class RetypingMutator(Mutator):
    """Rewrites a function, or a body of one, in normal form.

    ``replaced`` maps variables to leaves; entries may chain. A right-hand side whose arguments changed their types is
    typed anew, and its variable is replaced by one of the new type. ``definition`` says which variable a binding
    defines.
    """

    def __init__(self, release: str = "0.27") -> None:
        super().__init__()
        self.release = release
        self._known: set[SymbolicVar] = set()
        self._facts = Analyzer()
        self._own: list[SymbolicVar] = []

    def run_expr(self, expr: Expr) -> Expr:
        """The rewritten function or body; the same object when nothing changed."""
        return run(self.function(expr) if isinstance(expr, Function) else self.scope(expr))

    def function(self, function: Function) -> Steps[Function]:
        """Rewrite a function; its stated result type stays where it still holds."""
        body = yield self.body(function)
        return function if body is function.body else with_body(function, body)

    def body(self, function: Function) -> Steps[Expr]:
        """The rewritten body of a function, in which the symbolic variables of the parameters are known."""
        outer, self.in_dataflow = self.in_dataflow, False
        own, self._own = self._own, []
        for param in function.params:
            if param.ty is not None:
                self.define_symbols(param.ty)
        body = yield self.scope(function.body)
        self._known.difference_update(self._own)
        self._own = own
        self.in_dataflow = outer
        return body

    def scope(self, body: Expr) -> Steps[Expr]:
        """Rewrite a body; neighbouring blocks of one kind are joined, and it gets the type of its new result."""
        outer, self._own = self._own, []
        new = yield super().scope(body)
        own, self._own = self._own, outer
        self._known.difference_update(own)
        if new is body or not isinstance(new, SeqExpr) or not isinstance(body, SeqExpr):
            return new
        result = new.replace(blocks=joined(new.blocks))
        found = type_of(result.body)
        # What is hidden from the type of a body stays so as long as its result has the same type.
        unchanged = body.ty is not None and same(type_of(body.body), found)
        result.memo("ty", body.ty if unchanged else without_symbols(found, own))
        return result

    def define_symbols(self, type_: Type) -> None:
        """The symbolic variables that a value of this type determines are known from here to the end of the scope."""
        for symbol in definable_symbols(type_):
            if symbol not in self._known:
                self._known.add(symbol)
                self._facts.mark_global_non_neg_value(symbol)
                self._own.append(symbol)

    def definition(self, var: Var) -> Var:
        """The variable that the binding of ``var`` defines."""
        return var

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """The binding with its value rewritten."""
        if isinstance(binding, MatchCast):
            return (self.cast(binding, self.leaf(binding.value), binding.ty),)
        assert isinstance(binding, VarBinding)
        value = yield self.value(binding.value)
        return (self.bound(binding, value),)

    def bound(self, binding: VarBinding, value: Expr) -> VarBinding:
        """The binding with another value, of a variable that has the value's type."""
        var = self.definition(binding.var)
        if var is binding.var and value is binding.value:
            return binding
        found = type_of(value)
        if found is not None and not same(var.ty, found):
            var = self.renew(var, found)
        if var is not binding.var:
            self.define(binding.var, var)
        return binding.replace(var=var, value=value)

    def cast(self, binding: MatchCast, value: Expr, type_: Type) -> MatchCast:
        """The match_cast with another value, or to another type."""
        self.define_symbols(type_)
        var = self.definition(binding.var)
        if var is binding.var and value is binding.value and type_ is binding.ty:
            return binding
        if not same(var.ty, type_):
            var = self.renew(var, type_)
        if var is not binding.var:
            self.define(binding.var, var)
        return binding.replace(var=var, value=value, ty=type_)

    def renew(self, var: Var, type_: Type) -> Var:
        """Another variable of the same name and the given type, to be used in its place."""
        new = type(var)(var.name, type_, var.span)
        self.define(var, new)
        return new

    def define(self, var: Var, new: Var) -> None:
        """From here on ``new`` stands for ``var``."""
        self.replaced[var] = new

    def resolve(self, var: Var) -> Expr:
        """What stands for a variable."""
        found: Expr = var
        while isinstance(found, Var):
            following = self.replaced.get(found)
            if following is None:
                break
            found = following
        return found

    def value(self, value: Expr) -> Steps[Expr]:
        """Rewrite one right-hand side; a branch whose arms changed is typed anew."""
        new = yield super().value(value)
        if new is not value and isinstance(new, If):
            new = new.replace()
            new.memo("ty", deduce_branch(new))
        return new

    def leaf(self, expr: Expr) -> Expr:
        """A flat expression with variables replaced; the same object when none was."""
        if not self.replaced:
            return expr
        if isinstance(expr, Var):
            return self.resolve(expr)
        found = {var: new for var in variables(expr) if (new := self.resolve(var)) is not var}
        if not found:
            return expr
        result = substitute(expr, found)
        if any(not same(var.ty, type_of(new)) for var, new in found.items()):
            result = self.typed_anew(result)
        return result

    def typed_anew(self, expr: Expr) -> Expr:
        """A flat expression as a copy with the type that its arguments give."""
        result = untyped(expr)
        if isinstance(result, Call):
            result.memo("ty", deduce(result, self.release, self._facts))
        else:
            type_of(result)
        return result


def scope_type(body: SeqExpr) -> Type | None:
    """The type of a body: of its result, without symbolic variables that its match_casts define."""
    casts = (item for block in body.blocks for item in block.bindings if isinstance(item, MatchCast))
    return without_symbols(type_of(body.body), [symbol for item in casts for symbol in definable_symbols(item.ty)])


def without_symbols(type_: Type | None, hidden: Collection[SymbolicVar]) -> Type | None:
    """The type as it reads where these symbolic variables are not known."""
    if type_ is None or not hidden:
        return type_
    names = set(hidden)
    return forget(type_, lambda dim: names.isdisjoint(shapes.free_vars(dim)))


def untyped(expr: Expr) -> Expr:
    """A copy of a flat expression that has no type yet, nor have tuples in it."""
    if isinstance(expr, Call):
        return expr.replace(args=tuple([untyped(arg) if isinstance(arg, Tuple) else arg for arg in expr.args]))
    if isinstance(expr, Tuple):
        return expr.replace(fields=tuple([untyped(item) if isinstance(item, Tuple) else item for item in expr.fields]))
    return expr.replace()


def same(a: Type | None, b: Type | None) -> bool:
    """Whether two types, known or not, are the same."""
    return a is b or (a is not None and b is not None and a == b)


def with_body(function: Function, body: Expr) -> Function:
    """The function over another body, with its stated result type where that still holds, else with the body's."""
    found = type_of(body)
    stated = function.ret_ty
    if stated is not None and found is not None and not is_base_of(found, stated):
        stated = None
    result = function.replace(body=body, ret_ty=stated)
    if isinstance(body, SeqExpr):
        result = result.replace(ret_ty=result_type(result, body))
    type_of(result)
    return result
