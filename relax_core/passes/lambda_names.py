"""The names that local functions get as functions of the module (LambdaLift)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from relax_core.ir.expr import Expr, Function, IRModule, SeqExpr, VarBinding
from relax_core.visit import scopes
from tensor_core import codes
from tensor_core.diagnostics import fail

Path = tuple[str, ...]


def lambda_names(module: IRModule) -> dict[Function, str]:
    """A name for each local function.

    Its global symbol; else ``outer_var``, of the global function and its variable; else the whole path; else the first
    with a count: whichever is free and wanted by no other. R2R0205 for a global symbol that is taken.
    """
    paths = _paths(module)
    taken = {var.name for var in module}
    names: dict[Function, str] = {}
    for function, path in paths.items():
        symbol = (function.attrs or {}).get("global_symbol")
        if symbol is None:
            continue
        if str(symbol) in taken:
            message = f"the local function {path[-1]} of {path[0]} has the global symbol {symbol}, which is taken"
            raise fail(codes.ILL_FORMED, message, function.span, "global symbols are unique in a module")
        names[function] = str(symbol)
        taken.add(str(symbol))
    counts: Counter[str] = Counter()

    def counted(path: Path) -> str:
        name = f"{path[0]}_{path[-1]}"
        counts[name] += 1
        return f"{name}_{counts[name] - 1}"

    ways: list[Callable[[Path], str | None]] = [
        lambda path: f"{path[0]}_{path[-1]}",
        lambda path: "_".join(path) if len(path) > 2 else None,
        counted,
    ]
    for way in ways:
        wanted = {function: way(path) for function, path in paths.items() if function not in names}
        claims = Counter(wanted.values())
        fresh = {f: name for f, name in wanted.items() if name is not None and name not in taken and claims[name] == 1}
        names |= fresh
        taken.update(fresh.values())
    number = 0
    for function, path in paths.items():
        while function not in names:
            name, number = f"{path[0]}_{path[-1]}_{number}", number + 1
            if name not in taken:
                names[function] = name
                taken.add(name)
    return names


def _paths(module: IRModule) -> dict[Function, Path]:
    """For each local function the names of the functions around it, outermost first, and its own variable's."""
    found: dict[Function, Path] = {}
    for var, function in module.functions.items():
        stack: list[tuple[Expr, Path]] = [(function, (var.name,))] if isinstance(function, Function) else []
        while stack:
            item, path = stack.pop()
            body = item.body if isinstance(item, Function) else item
            if not isinstance(body, SeqExpr):
                continue
            inner: list[tuple[Expr, Path]] = []
            for binding in (binding for block in body.blocks for binding in block.bindings):
                if not isinstance(binding, VarBinding):
                    continue
                if isinstance(binding.value, Function):
                    found[binding.value] = (*path, binding.var.name)
                    inner.append((binding.value, found[binding.value]))
                else:
                    inner += [(scope, path) for scope in scopes(binding.value)]
            stack.extend(reversed(inner))
    return found
