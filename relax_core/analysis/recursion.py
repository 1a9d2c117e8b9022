"""Functions that refer to each other in a circle (relax.analysis.detect_recursion in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Iterator

from relax_core.analysis.variables import call_map
from relax_core.ir.expr import GlobalVar, IRModule


def detect_recursion(mod: IRModule) -> list[list[GlobalVar]]:
    """Groups of functions that are mutually recursive, and each function that is recursive on its own.

    A reference counts, called or not. Groups and their members are in the order of the module.
    """
    calls = {var: [callee for callee in callees if callee in mod] for var, callees in call_map(mod).items()}
    order = {var: place for place, var in enumerate(mod)}
    groups = [sorted(group, key=order.__getitem__) for group in _components(calls)]
    recursive = [group for group in groups if len(group) > 1 or group[0] in calls[group[0]]]
    return sorted(recursive, key=lambda group: order[group[0]])


def _components(calls: dict[GlobalVar, list[GlobalVar]]) -> Iterator[list[GlobalVar]]:
    """The strongly connected components of the call graph (Tarjan's algorithm without recursion)."""
    index: dict[GlobalVar, int] = {}
    low: dict[GlobalVar, int] = {}
    path: list[GlobalVar] = []
    on_path: set[GlobalVar] = set()
    for root in calls:
        if root in index:
            continue
        stack = [(root, iter(calls[root]))]
        index[root] = low[root] = len(index)
        path.append(root)
        on_path.add(root)
        while stack:
            var, pending = stack[-1]
            for callee in pending:
                if callee not in calls:
                    continue
                if callee not in index:
                    index[callee] = low[callee] = len(index)
                    path.append(callee)
                    on_path.add(callee)
                    stack.append((callee, iter(calls[callee])))
                    break
                if callee in on_path:
                    low[var] = min(low[var], index[callee])
            else:
                stack.pop()
                if stack:
                    low[stack[-1][0]] = min(low[stack[-1][0]], low[var])
                if low[var] == index[var]:
                    place = path.index(var)
                    group = path[place:]
                    del path[place:]
                    on_path.difference_update(group)
                    yield group
