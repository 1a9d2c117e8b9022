"""Making passes of functions and classes (tvm.transform.module_pass in TVM 0.19)."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from tensor_core.passes.base import ModulePass, Pass, checked_names
from tensor_core.passes.info import PassInfo


def module_pass(
    pass_func: Any = None,
    opt_level: int | None = None,
    name: str | None = None,
    required: Sequence[str] | None = None,
    traceable: bool = False,
) -> Any:
    """A pass made of a function of module and context, or a class of passes made of one with ``transform_module``.

    Without ``pass_func``, the decorator that does so. ValueError without ``opt_level``, TypeError for what cannot be
    called.
    """
    return decorated("module", ModulePass, pass_func, opt_level, name, required, traceable)


def decorated(
    kind: str,
    base: Callable[[PassInfo, Any], Pass],
    pass_func: Any,
    opt_level: int | None,
    name: str | None,
    required: Sequence[str] | None,
    traceable: bool,
) -> Any:
    """Make a pass, or a class of passes, of ``base``; a class says what it does in the method ``transform_<kind>``."""
    if opt_level is None:
        raise ValueError(f"Please provide opt_level for the {kind} pass.")
    needed = checked_names(required)

    def make(function: Any) -> Any:
        if not callable(function):
            raise TypeError(f"pass_func must be a callable for {kind} pass")
        info = PassInfo(opt_level, name or getattr(function, "__name__", kind), needed, traceable)
        if inspect.isclass(function):
            return _wrapped(kind, base, function, info)
        return base(info, function)

    return make(pass_func) if pass_func else make


def _wrapped(kind: str, base: Any, written: type, info: PassInfo) -> type[Pass]:
    """A class of passes that do what an object of the written class does."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        instance = written(*args, **kwargs)
        base.__init__(self, info, getattr(instance, f"transform_{kind}"))
        self._instance = instance

    def find(self: Any, name: str) -> Any:
        if name == "_instance":
            raise AttributeError(name)
        return getattr(self._instance, name)

    functools.update_wrapper(init, written.__init__)
    members = {"__init__": init, "__getattr__": find, "__doc__": written.__doc__, "__module__": written.__module__}
    return type(written.__name__, (base,), members)
