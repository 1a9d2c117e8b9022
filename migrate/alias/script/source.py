"""Where the source of a decorated function or class stands, and what its names mean in the Python around it."""

from __future__ import annotations

import ast
import linecache
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FrameType, FunctionType
from typing import Any

from tensor_core import codes
from tensor_core.diagnostics import fail

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Found:
    """A definition in a file: its text with decorators, its first line, and the classes and functions around it."""

    node: Definition
    text: str
    file: str
    line: int
    around: tuple[Definition, ...]

    @property
    def is_in_module(self) -> bool:
        """Whether the innermost class around it is decorated as a module or as a rewriter of scripts."""
        return bool(self.around) and isinstance(self.around[-1], ast.ClassDef) and _is_read(self.around[-1])


def of_function(function: FunctionType) -> Found:
    """The definition of a function. R2R0103 when its source is not there."""
    return _found(function.__code__.co_filename, function.__name__, function.__code__.co_firstlineno)


def of_class(cls: type, frame: FrameType) -> Found:
    """The definition of a class that is decorated in this frame. R2R0103 when its source is not there."""
    return _found(frame.f_code.co_filename, cls.__name__, frame.f_lineno)


def captured(frame: FrameType, found: Found, functions: tuple[FunctionType, ...]) -> dict[str, Any]:
    """What the names in a definition mean: closures first, then the frame around it, then its globals."""
    used = {item.id for item in ast.walk(found.node) if isinstance(item, ast.Name)}
    values: dict[str, Any] = {}
    for scope in (frame.f_globals, frame.f_locals, *map(_closure, functions)):
        values.update((name, scope[name]) for name in used if name in scope)
    return values


def _closure(function: FunctionType) -> dict[str, Any]:
    result: dict[str, Any] = {}
    code: CodeType = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            result[name] = cell.cell_contents
        except ValueError:  # a variable that is assigned later
            continue
    return result


def _found(file: str, name: str, line: int) -> Found:
    lines = linecache.getlines(file)
    if not lines:
        raise fail(codes.FILE_MISSING, f"the source of {name} is not there", hint="decorate code that stands in a file")
    for node, around in _definitions(file, tuple(lines)):
        first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
        if node.name == name and first <= line <= node.lineno:
            text = textwrap.dedent("".join(lines[first - 1 : node.end_lineno]))
            return Found(node, text, file, first, around)
    raise fail(codes.FILE_MISSING, f"{file} has no definition of {name} at line {line}", hint="the file has changed")


@lru_cache(maxsize=8)
def _definitions(file: str, lines: tuple[str, ...]) -> tuple[tuple[Definition, tuple[Definition, ...]], ...]:
    return tuple(_walk(ast.parse("".join(lines), file)))


def _walk(tree: ast.Module) -> Iterator[tuple[Definition, tuple[Definition, ...]]]:
    pending: list[tuple[ast.AST, tuple[Definition, ...]]] = [(tree, ())]
    while pending:
        node, around = pending.pop()
        inner = around
        if isinstance(node, Definition):
            yield node, around
            inner = (*around, node)
        pending.extend((child, inner) for child in ast.iter_child_nodes(node))


def _is_read(node: ast.ClassDef) -> bool:
    for item in node.decorator_list:
        name = ast.unparse(item.func if isinstance(item, ast.Call) else item).rpartition(".")[2]
        if name in ("ir_module", "rewriter"):
            return True
    return False
