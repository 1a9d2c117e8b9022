"""Passes that a real TVM ran on recorded modules, run here on the same ones."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from relay_compat.ir.expr import Function, GlobalVar
from relay_compat.json.reader import load_object
from relay_compat.structural import structural_equal
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, Sequential

_LIFTED = "lifted_name"

Makers = Mapping[str, Callable[..., Pass]]


def names(case: Mapping[str, Any]) -> list[str]:
    """The passes of a case, in order, as TVM names them without "relay." and "transform."."""
    return [name.removeprefix("relay.").replace("transform.", "") for name, _, _ in case["passes"]]


def equal(case: Mapping[str, Any], makers: Makers) -> bool:
    """Whether the passes give the recorded module. KeyError for a pass that ``makers`` does not know."""
    before = _text(case["before"])
    module: IRModule = load_object(before)
    if re.search(r'"_checked_type_": "[1-9]', before):
        module = _typed(module)
    context = case["context"]
    made = [makers[name](*args, **kwargs) for name, (_, args, kwargs) in zip(names(case), case["passes"], strict=True)]
    with PassContext(context["opt_level"], context["required"], context["disabled"], config=context["config"]):
        if len(made) == 1:
            # Passes were recorded where they ran, whatever the level.
            for required in made[0].info.required:
                module = makers[required]()(module)
        module = (made[0] if len(made) == 1 else Sequential(made))(module)
    after: IRModule = load_object(_text(case["after"]))
    # The type variables of constructors are free in every call of them.
    free = any(data.type_vars for data in after.type_definitions.values())
    return structural_equal(_named(module), _named(after), free)


def _named(module: IRModule) -> IRModule:
    """The module with lifted functions named by their order of use: TVM names them by its own hash of their text."""
    names: dict[Any, Any] = {}
    waiting: list[Any] = sorted((var for var in module if not var.name.startswith(_LIFTED)), key=lambda var: var.name)
    functions: dict[Any, Any] = {}
    for var in waiting:
        rewriter = _Renamer(names)
        functions[names.get(var, var)] = rewriter.rewrite(module[var])
        waiting.extend(found for found in names if found not in waiting)
    if not names:
        return module
    return type(module)(functions, module.type_definitions, module.attrs)


class _Renamer(Rewriter):
    def __init__(self, names: dict[GlobalVar, GlobalVar]) -> None:
        super().__init__()
        self._names = names

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, GlobalVar) and old.name.startswith(_LIFTED):
            return self._names.setdefault(old, GlobalVar(f"{_LIFTED}{len(self._names)}"))
        return new


def _typed(module: IRModule) -> IRModule:
    """The module with its types inferred, but no return types added to functions that were made around typed bodies."""
    result = infer_types(module)
    for name, function in module.functions.items():
        found = result.functions[name]
        if isinstance(function, Function) and isinstance(found, Function) and function.ret_type is None:
            bare = found.replace(ret_type=None)
            bare.memo("checked", found.checked)
            result.functions[name] = bare
    return result


def _text(module: Any) -> str:
    return module if isinstance(module, str) else json.dumps(module)


def replayable(row: Mapping[str, Any], case: Mapping[str, Any]) -> bool:
    """Whether all that the passes were given is recorded: no Python of the test, no option that is no data."""
    # The Python that ConvertLayout calls is TVM's own.
    if row["may_use_callbacks"] and names(case) != ["ConvertLayout"]:
        return False
    return "<" not in f"{case['context']['config']}{case['passes']}"
