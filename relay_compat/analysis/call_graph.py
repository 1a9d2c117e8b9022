"""Which global functions a module's functions refer to (tvm.relay.analysis.CallGraph in TVM 0.19)."""

from __future__ import annotations

from collections import Counter

from relay_compat.ir.expr import Function
from relay_compat.visit import reachable
from tensor_core.module import GlobalVar, IRModule


class CallGraph:
    """The references between the global functions of a module, as they are when the object is made.

    A function that names another several times refers to it once.
    """

    def __init__(self, module: IRModule) -> None:
        self.module = module
        self.called: dict[GlobalVar, tuple[GlobalVar, ...]] = {}
        for name, function in module.functions.items():
            nodes = reachable(function) if isinstance(function, Function) else ()
            self.called[name] = tuple(node for node in nodes if isinstance(node, GlobalVar))
        self._references = Counter(var for called in self.called.values() for var in called)

    def ref_count(self, var: str | GlobalVar) -> int:
        """How many functions refer to this one, itself included."""
        return self._references[self._named(var)]

    def global_call_count(self, var: str | GlobalVar) -> int:
        """How many functions this one refers to."""
        return len(self.called[self._named(var)])

    def is_recursive(self, var: str | GlobalVar) -> bool:
        """Whether the function refers to itself directly."""
        var = self._named(var)
        return var in self.called[var]

    def callees_first(self) -> list[GlobalVar]:
        """All functions, those that are referred to before those that refer to them, as far as there is no cycle."""
        order: dict[GlobalVar, None] = {}
        for root in self.called:
            seen = {root}
            stack = [(root, iter(self.called[root]))]
            while stack:
                var, pending = stack[-1]
                for callee in pending:
                    if callee in self.called and callee not in order and callee not in seen:
                        seen.add(callee)
                        stack.append((callee, iter(self.called[callee])))
                        break
                else:
                    stack.pop()
                    order.setdefault(var)
        return list(order)

    def print_var(self, var: str | GlobalVar) -> str:
        """One function's references as text."""
        var = self._named(var)
        lines = [f"Call graph node: {var.name},  #refs = {self.ref_count(var)}"]
        lines += [f"  call site: <{var.name}> calls {callee.name}" for callee in self.called[var]]
        return "\n".join((*lines, ""))

    def __str__(self) -> str:
        return "\n".join(map(self.print_var, reversed(self.callees_first())))

    def _named(self, var: str | GlobalVar) -> GlobalVar:
        if isinstance(var, str):
            return self.module.get_global_var(var)
        if isinstance(var, GlobalVar):  # pyright: ignore[reportUnnecessaryIsInstance]
            return var
        raise TypeError("var should be either a string or GlobalVar")
