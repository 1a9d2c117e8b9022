# pyright: basic, reportMissingImports=false
"""What a user's file holds that changes modules, and how each kind is applied: in Relay, and in Relax."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any, Callable

MODULE_NAMES = {"mod", "module", "irmod", "ir_mod", "ir_module", "m"}
"""Parameters of these names take modules; a function with another first parameter takes one function at a time."""

checked: dict[str, list[int]] = {}
"""How often the check of a row of a pattern table, by name, refused a match and took one since the process started."""


def transform(namespace: ModuleType, expression: str) -> Callable[[Any], Any]:
    """The function from module to module that an expression in a file's names stands for.

    The expression may use ``mod``, the module; it is evaluated anew each time, as objects of passes keep state.
    """
    code = compile(expression, "<pass>", "eval")

    def run(module: Any) -> Any:
        value = eval(code, {**vars(namespace), "mod": module})  # noqa: S307 - what this process is for
        return apply(value, module)

    return run


def apply(value: Any, module: Any) -> Any:
    """A module after a pass, a rewriting, a mutator, a table of patterns, or a function of any of the user's."""
    if is_relay(module):
        return _relay(value, module)
    return _relax(value, module)


def is_relay(module: Any) -> bool:
    """Whether the functions of a module are Relay's."""
    return any(type(function).__module__.split(".")[:2] in (["tvm", "relay"], ["relay_compat", "ir"])
               for _, function in _functions(module))  # fmt: skip


def _relay(value: Any, module: Any) -> Any:
    from tvm import relay

    if isinstance(value, type):
        value = value()
    infer = relay.transform.InferType()
    if _is_a(value, "DFPatternCallback") or (_is_list(value) and _is_a(value[0], "DFPatternCallback")):
        from tvm.relay.dataflow_pattern import rewrite

        return infer(_each(infer(module), lambda function: rewrite(value, function), relay.Function))
    if _is_a(value, "ExprFunctor"):
        return infer(_each(infer(module), value.visit, relay.Function))
    if _is_list(value):
        return infer(relay.transform.MergeComposite(_counted(value))(infer(module)))
    if _is_a(value, "Pass"):
        return infer(value(infer(module)))
    return infer(_called(value, infer(module), relay.Function))


def _relax(value: Any, module: Any) -> Any:
    from tvm import relax

    if isinstance(value, type):
        value = _made(value, module)
    if hasattr(value, "visit_expr") and hasattr(value, "builder_"):
        for var, function in _functions(module):
            if isinstance(function, relax.Function):
                value.builder_.update_func(var, value.visit_expr(function))
        return value.builder_.get()
    if hasattr(value, "pattern") and callable(getattr(value, "rewrite", None)):
        return _each(module, value.rewrite, relax.Function)
    if _is_list(value):
        return relax.transform.FuseOpsByPattern(_counted(value), bind_constants=False)(module)
    if _is_a(value, "Pass"):
        return value(module)
    return _called(value, module, relax.Function)


def _counted(table: Any) -> list[Any]:
    """The rows of a table, their checks counting what they answer."""
    rows = [tuple(row) if isinstance(row, (list, tuple)) else _of_fusion_pattern(row) for row in table]
    return [_with_counting(row) if isinstance(row, tuple) else row for row in rows]


def _of_fusion_pattern(row: Any) -> Any:
    """A FusionPattern as the tuple of its arguments; what is none as it is."""
    fields = ("name", "pattern", "annotation_patterns", "check", "attrs_getter")
    return tuple(getattr(row, field) for field in fields) if hasattr(row, "annotation_patterns") else row


def _with_counting(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row whose check, in the third place of Relay's rows and in the fourth of Relax's, counts."""
    return tuple(_counting(str(row[0]), item) if place in (2, 3) and _is_check(item) else item
                 for place, item in enumerate(row))  # fmt: skip


def _is_check(value: Any) -> bool:
    return callable(value) and not _is_pattern(value)


def _counting(name: str, check: Callable[[Any], Any]) -> Callable[[Any], bool]:
    def counting(match: Any) -> bool:
        taken = bool(check(match))
        checked.setdefault(name, [0, 0])[taken] += 1
        return taken

    return counting


def _made(kind: type, module: Any) -> Any:
    """An object of a class: a mutator takes the module."""
    try:
        required = [
            item for item in inspect.signature(kind.__init__).parameters.values()
            if item.default is item.empty and item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD)
        ]  # fmt: skip
    except (TypeError, ValueError):
        return kind()
    takes_one = len(required) == 2 or (len(required) < 2 and hasattr(kind, "visit_expr"))
    if takes_one:
        try:
            return kind(module)
        except TypeError:
            pass
    return kind()


def _called(value: Callable[..., Any], module: Any, kind: type) -> Any:
    first = next(iter(inspect.signature(value).parameters.values()), None)
    if first is None:
        # What makes a pass, or a table.
        return apply(value(), module)
    if first.name in MODULE_NAMES or getattr(first.annotation, "__name__", "") == "IRModule":
        return _one(value(module), module)
    return _each(module, value, kind)


def _one(result: Any, module: Any) -> Any:
    """The module that a function answers: itself, or first of a tuple; None stands for the one that it was given."""
    if isinstance(result, tuple):
        result = result[0]
    return module if result is None else result


def _each(module: Any, change: Callable[[Any], Any], kind: type) -> Any:
    """The module with each function of a kind changed."""
    import tvm

    made = tvm.IRModule(dict(_functions(module)), *_rest(module))
    for var, function in _functions(module):
        if isinstance(function, kind):
            changed = change(function)
            if changed is not None:
                made[var] = changed
    return made


def _rest(module: Any) -> list[Any]:
    return [dict(module.type_definitions.items())] if getattr(module, "type_definitions", None) else []


def _functions(module: Any) -> list[Any]:
    """The functions by global name."""
    items = getattr(module, "functions_items", None)
    return list(items() if items is not None else module.functions.items())


def _is_a(value: Any, name: str) -> bool:
    return any(kind.__name__ == name for kind in type(value).__mro__)


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value)


# ---- what there is


def found(namespace: ModuleType) -> dict[str, str]:
    """What in a file can be applied, by name: its kind."""
    own = namespace.__name__
    here = {name: value for name, value in vars(namespace).items() if getattr(value, "__module__", "") == own}
    kinds = {name: _kind(value) for name, value in here.items() if not name.startswith("__")}
    return {name: kind for name, kind in kinds.items() if kind}


def _kind(value: Any) -> str:
    if isinstance(value, type):
        names = {kind.__name__ for kind in value.__mro__[1:]}
        for name, kind in (("DFPatternCallback", "rewrite"), ("ExprVisitor", ""), ("ExprFunctor", "mutator"),
                           ("PyExprMutator", "mutator"), ("Pass", "pass")):  # fmt: skip
            if name in names:
                return kind
        return ""
    if _is_a(value, "Pass"):
        return "pass"
    return "function" if callable(value) else ""


def patterns(namespace: ModuleType, expression: str) -> tuple[str, list[tuple[str, Any]]]:
    """The patterns that an expression's value looks for, each with a name, and its kind: "rewrite", "table"; or "", and
    all of the file's, where it has none of its own.
    """
    value = eval(expression, {**vars(namespace), "mod": None})  # noqa: S307
    made = _instance(value)
    own = _patterns_of(made, expression)
    if own:
        return "table" if _is_list(made) and not _is_a(made[0], "DFPatternCallback") else "rewrite", own
    everything: list[tuple[str, Any]] = []
    for name, kind in found(namespace).items():
        item = vars(namespace)[name]
        if kind == "rewrite" or (kind == "function" and "table" in name):
            everything += _patterns_of(_instance(item), name)
    everything += [(name, item) for name, item in vars(namespace).items() if _is_pattern(item)]
    return "", everything


def _instance(value: Any) -> Any:
    if isinstance(value, type) or (callable(value) and not _required(value)):
        try:
            return value()
        except Exception:
            return None
    return value


def _required(value: Any) -> bool:
    try:
        return any(item.default is item.empty for item in inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return True


def _patterns_of(value: Any, name: str) -> list[tuple[str, Any]]:
    if _is_pattern(value):
        return [(name, value)]
    if _is_list(value):
        rows = [item if isinstance(item, (list, tuple)) else (type(item).__name__, item) for item in value]
        return [pair for row in rows for pair in _patterns_of(row[1], str(row[0]))]
    held = getattr(value, "pattern", None)
    return [(name, held)] if _is_pattern(held) else []


def _is_pattern(value: Any) -> bool:
    return _is_a(value, "DFPattern") and not isinstance(value, type)
