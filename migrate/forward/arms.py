"""Arms of branches that become functions of their own, because TVM plans memory across them.

``StaticPlanBlockMemory`` (0.19 to 0.27, part of every build) plans a function with one pool of storage: what one arm
has allocated and no longer needs is handed out in the other arm and behind the branch, where it does not exist unless
that arm was taken; the program then ends in a segmentation fault. Only functions are planned apart. So an arm with
intermediate results becomes a private function where other intermediate results may follow.

So does an arm inside very many others, as those of a match with a hundred constructors: Python reads text that is
indented less than a hundred times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from relax_core.analysis import contains_impure_call, free_symbolic_vars, free_vars
from relax_core.ir.expr import BindingBlock, Call, Expr, Function, If, Op, SeqExpr, ShapeExpr, Tuple, Var, VarBinding
from relax_core.ir.types import ShapeType
from relax_core.retype import RetypingMutator
from relax_core.symbol_mutator import with_new_variables
from relax_core.types.deduce import deduce, type_of
from relax_core.types.relations import definable_symbols
from relax_core.visit import variables
from tensor_core.module import GlobalVar
from tensor_core.trampoline import Steps, run

Made = dict[GlobalVar, Function]

DEEPEST = 40
"""How many branches stand inside each other in one function."""
LARGEST_DEPTH = 1000
"""Up to which depth functions are made for it: what an arm needs is looked for in all that stands in it."""


def separated(function: Function, name: Callable[[str], GlobalVar], release: str) -> tuple[Function, Made]:
    """The function, and the private functions that arms of its branches became; ``name`` makes a name for one."""
    if not any(isinstance(binding.value, If) for binding in _bindings(function.body)):
        return function, {}
    choice = _Choice()
    run(choice.find(function.body))
    choice.cuts = DEEPEST < choice.depth[function.body] <= LARGEST_DEPTH
    run(choice.choose(function.body, False, 0))
    if not choice.arms:
        return function, {}
    separator = _Separator(choice.arms, name, release)
    return separator.run(function), separator.made


class _Choice:
    """Which arms become functions: ``arms``, with what they are called. ``cuts``: also those at a depth; ``depth``: of
    the branches in a body.
    """

    def __init__(self) -> None:
        self.arms: dict[Expr, str] = {}
        self.cuts = False
        self.depth: dict[Expr, int] = {}
        self._planned: dict[Expr, bool] = {}

    def find(self, body: Expr) -> Steps[bool]:
        """Whether any result in a body is planned."""
        results = set(_results(body))
        found, depth = False, 0
        for binding in _bindings(body):
            found = found or _is_planned(binding, results)
            if isinstance(binding.value, If):
                for arm in (binding.value.true_branch, binding.value.false_branch):
                    found = (yield self.find(arm)) or found
                    depth = max(depth, self.depth[arm] + 1)
        self._planned[body], self.depth[body] = found, depth
        return found

    def choose(self, body: Expr, follows: bool, level: int) -> Steps[None]:
        """Choose among the arms in a body; ``follows``: whether results are planned behind it, ``level``: how many
        branches of its function it stands in.
        """
        results = set(_results(body))
        for binding in reversed(list(_bindings(body))):
            if not isinstance(binding.value, If):
                follows = follows or _is_planned(binding, results)
                continue
            for arm, called in ((binding.value.false_branch, "else"), (binding.value.true_branch, "then")):
                apart = (self._planned[arm] and follows) or (self.cuts and level >= DEEPEST and self.depth[arm] > 0)
                if apart:
                    self.arms[arm] = called
                yield self.choose(arm, follows and not apart, 0 if apart else level + 1)
                follows = follows or self._planned[arm]


class _Separator(RetypingMutator):
    def __init__(self, arms: dict[Expr, str], name: Callable[[str], GlobalVar], release: str) -> None:
        super().__init__(release)
        self._arms = arms
        self._name = name
        self.made: Made = {}

    def scope(self, body: Expr) -> Steps[Expr]:
        """The body; of a chosen arm, a call of the function that it becomes."""
        if body not in self._arms:
            return (yield super().scope(body))
        name = self._name(self._arms.pop(body))
        arm = _Separator(self._arms, self._name, self.release)
        arm.made = self.made
        arm.replaced = self.replaced
        # What it needs is looked for once the arms inside it are calls; else each would be walked through in all.
        new = yield arm.scope(body)
        inside: list[Var] = list(free_vars(new))
        args: list[Expr] = [*inside]
        types = [var.ty for var in inside if var.ty is not None]
        known = {symbol for type_ in types for symbol in definable_symbols(type_)}
        sizes = tuple(symbol for symbol in free_symbolic_vars(new) if symbol not in known)
        if sizes:
            inside.append(Var("sizes", ShapeType(sizes)))
            args.append(ShapeExpr(sizes))
        function = Function(tuple(inside), new, None, not contains_impure_call(new), {}, body.span)
        type_of(function)
        self.made[name] = function = with_new_variables(function)
        name.memo("checked", type_of(function))
        return _calling(Call(name, tuple(args), span=body.span), self.release)


def _calling(call: Call, release: str) -> SeqExpr:
    """A body that is a call."""
    call.memo("ty", deduce(call, release))
    result = Var("gv", call.ty)
    body = SeqExpr((BindingBlock((VarBinding(result, call),)),), result, call.span)
    body.memo("ty", call.ty)
    return body


def _bindings(body: Expr) -> Iterator[VarBinding]:
    if isinstance(body, SeqExpr):
        for block in body.blocks:
            for binding in block.bindings:
                if isinstance(binding, VarBinding):
                    yield binding


def _results(body: Expr) -> Iterator[Var]:
    """The variables that a body gives, those that they are other names of included."""
    if not isinstance(body, SeqExpr):
        return
    values = {binding.var: binding.value for binding in _bindings(body)}
    stack = list(variables(body.body))
    while stack:
        var = stack.pop()
        yield var
        value = values.get(var)
        if isinstance(value, Var | Tuple):
            stack += variables(value)


def _is_planned(binding: VarBinding, results: set[Var]) -> bool:
    """Whether a binding's value may get storage of the pool: an operator's, which only its own block needs."""
    return isinstance(binding.value, Call) and isinstance(binding.value.op, Op) and binding.var not in results
