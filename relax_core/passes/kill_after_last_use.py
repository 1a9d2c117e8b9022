"""KillAfterLastUse: tensors, storage and other objects are released where nothing uses them any more.

As relax.transform.KillAfterLastUse in TVM 0.19 to 0.27: trivial bindings are taken away first; what leaves its scope, a
constant, a function, a shape or a number is not released.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from relax_core.analysis.variables import free_vars
from relax_core.ir.expr import (
    Binding,
    Call,
    Constant,
    DataflowVar,
    Expr,
    Function,
    MatchCast,
    SeqExpr,
    Var,
    VarBinding,
    op,
)
from relax_core.ir.types import FuncType, PrimType, ShapeType, TensorType
from relax_core.passes.canonicalize_bindings import canonicalize_bindings
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.types.deduce import deduce
from relax_core.visit import Mutator, op_name, scopes, variables
from tensor_core.passes import Pass, PassInfo
from tensor_core.trampoline import Steps

_STORAGE = frozenset({"relax.vm.alloc_storage", "relax.memory.alloc_storage"})
_KILLS = ("relax.memory.kill_tensor", "relax.memory.kill_storage", "relax.vm.kill_object")


def KillAfterLastUse() -> Pass:
    """Release values after their last use."""
    return FunctionPass(
        PassInfo(0, "KillAfterLastUse"),
        lambda function, module, _: kill_after_last_use(function, relax_release(module)),
    )


def kill_after_last_use(function: Function, release: str = "0.27") -> Function:
    """The function, in normal form, with values released."""
    function = canonicalize_bindings(function, release)
    return _Killer(release).run(_WithoutNames(_unused_names(function)).run(function))


def _unused_names(function: Function) -> set[Var]:
    """Variables that are other names of variables, and that nothing uses."""
    names: set[Var] = set()
    used: set[Var] = set()
    stack: list[Expr] = [function]
    while stack:
        item = stack.pop()
        body = item.body if isinstance(item, Function) else item
        if not isinstance(body, SeqExpr):
            used.update(variables(body))
            continue
        used.update(variables(body.body))
        for binding in (binding for block in body.blocks for binding in block.bindings):
            assert isinstance(binding, VarBinding | MatchCast)
            used.update(variables(binding.value))
            stack.extend(scopes(binding.value))
            if isinstance(binding.value, Var) and binding.var.ty == binding.value.ty:
                names.add(binding.var)
    return names - used


class _WithoutNames(Mutator):
    def __init__(self, dropped: set[Var]) -> None:
        super().__init__()
        self._dropped = dropped

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Drop an unused name."""
        return () if binding.var in self._dropped else (yield super().rewrite(binding))


@dataclass(slots=True)
class _Ends:
    """What ends with a binding: tensors, storage and other objects, in the order of their definitions."""

    killed: tuple[list[Var], list[Var], list[Var]] = field(default_factory=lambda: ([], [], []))


class _Killer(Mutator):
    def __init__(self, release: str) -> None:
        super().__init__()
        self._release = release
        self._ends: dict[Var, _Ends] = {}

    def scope(self, body: Expr) -> Steps[Expr]:
        """Release what a body defines after its last use within it."""
        if isinstance(body, SeqExpr):
            self._ends.update(_last_uses(body))
        return super().scope(body)

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """A binding and what ends with it."""
        made = yield super().rewrite(binding)
        ends = self._ends.get(binding.var)
        if ends is None:
            return made
        kills = [self._kill(name, var) for name, items in zip(_KILLS, ends.killed, strict=True) for var in items]
        return (*made, *kills)

    def _kill(self, name: str, var: Var) -> VarBinding:
        call = Call(op(name), (var,))
        call.memo("ty", deduce(call, self._release))
        return VarBinding((DataflowVar if self.in_dataflow else Var)("_", call.ty), call)


def _last_uses(body: SeqExpr) -> dict[Var, _Ends]:
    """What ends with which binding of a body; uses within branches and functions count where these are bound."""
    last: dict[Var, Var | None] = {}
    storage: set[Var] = set()
    never: set[Var] = set()
    order: list[Var] = []
    for binding in (binding for block in body.blocks for binding in block.bindings):
        assert isinstance(binding, VarBinding | MatchCast)
        value, var = binding.value, binding.var
        order.append(var)
        name = op_name(value)
        if name in _STORAGE:
            storage.add(var)
        elif name in _KILLS and isinstance(value, Call):
            never.update(variables(value.args[0]))
            continue
        elif isinstance(value, Constant):
            never.add(var)
        used = free_vars(value) if scopes(value) else variables(value)
        last.update(dict.fromkeys(used, var))
    last.update(dict.fromkeys(variables(body.body)))
    ends: dict[Var, _Ends] = {}
    for var in order:
        end = last.get(var)
        if end is None or var in never:
            continue
        found = ends.setdefault(end, _Ends())
        if var in storage:
            found.killed[1].append(var)
        elif isinstance(var.ty, TensorType):
            found.killed[0].append(var)
        elif not isinstance(var.ty, FuncType | ShapeType | PrimType):
            found.killed[2].append(var)
    return ends
