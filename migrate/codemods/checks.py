"""Pattern tables of a file: the functions that build them, their rows, and the check functions that rows name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import libcst as cst
from libcst import matchers as m

from migrate.codemods.dataflow import patterns_of
from migrate.codemods.names import SourceFile, dotted

_REGISTER = "tvm.relay.contrib.register_pattern_table"
_MERGE = "tvm.relay.transform.MergeComposite"


@lru_cache(maxsize=2)
def table_functions(file: SourceFile) -> Sequence[cst.CSTNode]:
    """What holds rows of pattern tables: functions that are registered, or called so; with MergeComposite the file."""
    if file.uses_of((_MERGE,)):
        return (file.module,)
    found: list[cst.CSTNode] = []
    for function in file.functions:
        names = [
            file.name_of(item.decorator.func) for item in function.decorators if isinstance(item.decorator, cst.Call)
        ]
        if _REGISTER in names or function.name.value.endswith("pattern_table"):
            found.append(function)
    return tuple(found)


def is_table_row(file: SourceFile, row: cst.Tuple) -> bool:
    """Whether a tuple is a row (name, pattern, check) of a pattern table."""
    if len(row.elements) != 3 or any(isinstance(item, cst.StarredElement) for item in row.elements):
        return False
    name, pattern, check = (item.value for item in row.elements)
    named = isinstance(name, (cst.SimpleString, cst.FormattedString)) or (
        isinstance(name, cst.BinaryOperation) and isinstance(name.operator, (cst.Add, cst.Modulo))
    )
    callable_ = isinstance(check, (cst.Name, cst.Attribute, cst.Lambda, cst.Call))
    return named and callable_ and _may_be_pattern(file, pattern)


def _may_be_pattern(file: SourceFile, node: cst.BaseExpression) -> bool:
    return patterns_of(file).is_pattern(node) or isinstance(node, (cst.Name, cst.Call, cst.Attribute))


@lru_cache(maxsize=2)
def check_functions(file: SourceFile) -> Sequence[cst.FunctionDef | cst.Lambda]:
    """The functions of this file that rows of its pattern tables name as their checks."""
    names: set[str] = set()
    found: list[cst.FunctionDef | cst.Lambda] = []
    for function in table_functions(file):
        for row in m.findall(function, m.Tuple()):
            if not isinstance(row, cst.Tuple) or not is_table_row(file, row):
                continue
            check = row.elements[2].value
            if isinstance(check, cst.Lambda) and _takes_call(check):
                found.append(check)
            elif isinstance(check, cst.Name):
                names.add(dotted(check))
            elif isinstance(check, cst.Call) and check.args and isinstance(check.args[0].value, cst.Name):
                names.add(dotted(check.func))
    for function in file.functions:
        if function.name.value in names and _takes_call(function):
            found.append(function)
    return tuple(found)


def _takes_call(function: cst.FunctionDef | cst.Lambda) -> bool:
    """Whether a check takes one thing, which is not yet the context that Relax hands over."""
    params = function.params.params
    return len(params) == 1 and params[0].name.value not in ("context", "ctx")
