"""Pattern tables of a file: the functions that build them, their rows, and the check functions that rows name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import libcst as cst
from libcst import matchers as m

from migrate.codemods.dataflow import patterns_of
from migrate.codemods.names import SourceFile

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
def check_functions(file: SourceFile) -> Mapping[cst.FunctionDef | cst.Lambda, int]:
    """The functions of this file that rows of its pattern tables name as their checks, or that what they name makes,
    each with the place of the parameter that takes the root of a match.
    """
    lambdas: list[cst.FunctionDef | cst.Lambda] = []
    wanted: list[cst.BaseExpression] = []
    for function in table_functions(file):
        for row in m.findall(function, m.Tuple()):
            if isinstance(row, cst.Tuple) and is_table_row(file, row):
                wanted.append(row.elements[2].value)
    named, makers = dict[str, int](), set[str]()
    given, partial = _assigned(file), set[str]()
    for check in wanted:
        made = given.get(check.value, check) if isinstance(check, cst.Name) else check
        if isinstance(made, cst.Lambda):
            lambdas.append(made)
        elif isinstance(made, cst.Name):
            named[made.value] = 0
        elif isinstance(made, cst.Call) and file.name_of(made.func) == "functools.partial" and _is_name(made):
            name = cst.ensure_type(made.args[0].value, cst.Name).value
            named[name] = sum(arg.keyword is None for arg in made.args[1:])
            partial.add(name)
        elif isinstance(made, cst.Call) and isinstance(made.func, cst.Name):
            makers.add(made.func.value)
    inner = [item for function in file.functions if function.name.value in makers for item in _returned(function)]
    found = [function for function in file.functions if function.name.value in named]
    places = dict.fromkeys((*lambdas, *inner), 0)
    places.update((item, named[item.name.value]) for item in found)
    return {
        item: place
        for item, place in places.items()
        if _takes_call(item, place, alone=isinstance(item, cst.Lambda) or item.name.value not in partial)
    }


def _is_name(call: cst.Call) -> bool:
    """Whether the first argument of a call is a name, and no other is ``*args``."""
    return bool(call.args) and isinstance(call.args[0].value, cst.Name) and not any(arg.star for arg in call.args)


def _assigned(file: SourceFile) -> dict[str, cst.BaseExpression]:
    """What names of the module are assigned, where that is one expression."""
    return {
        statement.targets[0].target.value: statement.value
        for line in file.module.body
        if isinstance(line, cst.SimpleStatementLine)
        for statement in line.body
        if isinstance(statement, cst.Assign) and isinstance(statement.targets[0].target, cst.Name)
    }


def _returned(function: cst.FunctionDef) -> list[cst.FunctionDef]:
    """The functions inside of a function that it returns."""
    names = {
        node.value.value
        for node in m.findall(function.body, m.Return())
        if isinstance(node, cst.Return) and isinstance(node.value, cst.Name)
    }
    return [
        node
        for node in m.findall(function.body, m.FunctionDef())
        if isinstance(node, cst.FunctionDef) and node.name.value in names
    ]


def _takes_call(function: cst.FunctionDef | cst.Lambda, place: int, *, alone: bool) -> bool:
    """Whether a check takes the root of a match, which is not yet the context that Relax hands over. ``alone``: it
    takes nothing else.
    """
    params = function.params.params
    fits = len(params) == 1 if alone else place < len(params)
    return fits and params[place].name.value not in ("context", "ctx")
