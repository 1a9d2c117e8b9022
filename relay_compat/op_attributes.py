"""What passes know of operators: values by operator and key, as ``Op.get_attr`` and ``register_op_attr`` have them.

A key's built-in values are in :mod:`relay_compat.op_traits` and in the tables of the passes that own them
(:func:`declare`); registering for an operator takes precedence over its built-in value.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

_TABLES = (
    "relay_compat.op_traits",
    "relay_compat.layouts.table",
    "relay_compat.passes.desired_layouts",
    "relay_compat.passes.op_gradients",
    "relay_compat.op.contrib.dnnl",
    "relay_compat.passes.legalizations",
    "relay_compat.qnn.canonical",
    "relay_compat.qnn.legalizations",
    "relay_compat.quantize",
    "relay_compat.transform.fake_quantization_to_integer",
    "relay_compat.transform.mixed_precision",
)
"""Modules that declare built-in values when they are imported."""

_BUILTIN_LEVEL = 10

_builtin: dict[str, tuple[int, Callable[[str], Any]]] = {}
_registered: dict[tuple[str, str], tuple[int, Any]] = {}
_loaded: list[bool] = []


def declare(key: str, values: Callable[[str], Any], level: int = _BUILTIN_LEVEL) -> None:
    """State the built-in values of a key: by operator name, None where there is none."""
    _builtin[key] = level, values


def get_op_attr(name: str, key: str) -> Any:
    """The value of a key for an operator; None where it has none."""
    return _level_and_value(name, key)[1]


def set_op_attr(name: str, key: str, value: Any, level: int = 10) -> None:
    """Register a value. One of a higher level replaces one of a lower; ValueError for two of one level."""
    if value is None:
        raise ValueError(f"the value of {key} for {name} is missing")
    known, found = _level_and_value(name, key)
    if found is not None and known == level:
        raise ValueError(f"attribute {key} of operator {name} is already registered with plevel={level}")
    if known < level:
        _registered[name, key] = (level, value)


def _level_and_value(name: str, key: str) -> tuple[int, Any]:
    found = _registered.get((name, key))
    if found is not None:
        return found
    if not _loaded:
        _loaded.append(True)
        for table in _TABLES:
            import_module(table)
    level, values = _builtin.get(key, (0, None))
    value = values(name) if values else None
    return (0, None) if value is None else (level, value)


def reset_op_attr(name: str, key: str) -> None:
    """Take away the value of a key for an operator, a built-in one included."""
    _registered[name, key] = (0, None)


def register_op_attr(op_name: str, attr_key: str, value: Any = None, level: int = 10) -> Any:
    """Register a value, or without one make a decorator that does (tvm.ir.register_op_attr)."""

    def register(found: Any) -> Any:
        set_op_attr(op_name, attr_key, found, level)
        return found

    return register(value) if value is not None else register


class TempOpAttr:
    """Within a ``with`` block, an operator's attribute has another value (tvm.relay.testing.TempOpAttr)."""

    def __init__(self, op_name: str, attr_key: str, attr_value: Any) -> None:
        self._key = (op_name, attr_key)
        self._value = attr_value
        self._before: Any = None

    def __enter__(self) -> TempOpAttr:
        self._before = _registered.get(self._key)
        _registered[self._key] = (10, self._value)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._before is None:
            del _registered[self._key]
        else:
            _registered[self._key] = cast("tuple[int, Any]", self._before)
