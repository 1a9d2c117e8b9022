"""The decorators of TVMScript: what stands below them is read as text, with the Python values that it names.

Python defines the decorated function or class first, so that it evaluates decorators, defaults and annotations; its
body is never executed. DiagnosticError for what cannot be read; R2R0103 when the source is not there.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from types import FrameType, FunctionType
from typing import Any

from migrate.alias.script import source
from migrate.alias.script.reading import read_script
from relax_core.dpl import PatternMatchingRewriter

__all__ = ["from_source", "function", "ir_module", "macro", "prim_func", "rewriter"]

Decorated = Callable[..., Any]


def function(
    f: Any = None, pure: bool = True, private: bool = False, check_well_formed: bool = True
) -> Any:  # R.function
    """``R.function``: a Relax function; inside a module's class, what that reads."""
    del pure, private
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    return _decorate(f, frame, check_well_formed)


def prim_func(f: Any = None, check_well_formed: bool = True, **options: Any) -> Any:
    """``T.prim_func``: a tensor program; inside a module's class, what that reads."""
    del options
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    return _decorate(f, frame, check_well_formed)


def ir_module(mod: Any = None, check_well_formed: bool = True, **options: Any) -> Any:
    """``I.ir_module``: a class whose functions make a module. TypeError for what is no class."""
    del options
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]

    def decorate(cls: Any) -> Any:
        if not inspect.isclass(cls):
            raise TypeError(f"Expect a class, but got: {cls}")
        return _read_class(cls, frame, check_well_formed)

    return decorate if mod is None else decorate(mod)


def rewriter(rewriter_mod: Any) -> Any:
    """``R.rewriter``: what rewrites by the functions ``pattern`` and ``replacement`` of a module or of such a class."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    module = _read_class(rewriter_mod, frame, check=True) if inspect.isclass(rewriter_mod) else rewriter_mod
    return PatternMatchingRewriter.from_module(module)


def macro(*args: Any, hygienic: bool = True) -> Any:
    """``R.macro`` and ``T.macro``: code that scripts expand where they call it."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]

    def decorate(f: FunctionType) -> Macro:
        found = source.of_function(f)
        return Macro(f.__name__, found, source.captured(frame, found, (f,)), hygienic)

    if not args:
        return decorate
    if len(args) == 1 and inspect.isfunction(args[0]):
        return decorate(args[0])
    raise ValueError("Invalid use of macro. Usage: @macro, @macro(), @macro(hygienic=[True|False])")


class Macro:
    """Code to expand: its definition, and what its names mean where it was defined if it is hygienic."""

    def __init__(self, name: str, found: source.Found, names: Mapping[str, Any], hygienic: bool) -> None:
        self.name = name
        self.found = found
        self.names = names
        self.hygienic = hygienic


def from_source(program: Any, extra_vars: Mapping[str, Any] | None = None, check_well_formed: bool = True) -> Any:
    """What a script says, given as text, function or class: a module, a function or a tensor program."""
    if isinstance(program, str):
        return read_script(program, "from_string", extra_vars or {}, check_well_formed)
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    if inspect.isclass(program):
        return _read_class(program, frame, check_well_formed)
    return _read_function(program, frame, check_well_formed)


def _decorate(f: Any, frame: FrameType, check: bool) -> Any:
    def decorate(given: Any) -> Any:
        if not inspect.isfunction(given):
            raise TypeError(f"Expect a function, but got: {given}")
        return _read_function(given, frame, check)

    return decorate if f is None else decorate(f)


def _read_function(given: FunctionType, frame: FrameType, check: bool) -> Any:
    found = source.of_function(given)
    if found.is_in_module:
        return given
    return read_script(found.text, found.file, source.captured(frame, found, (given,)), check, found.line)


def _read_class(cls: type, frame: FrameType, check: bool) -> Any:
    found = source.of_class(cls, frame)
    inside = tuple(item for item in vars(cls).values() if inspect.isfunction(item))
    return read_script(found.text, found.file, source.captured(frame, found, inside), check, found.line)
