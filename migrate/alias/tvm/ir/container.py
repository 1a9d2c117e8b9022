"""tvm.ir.container: what TVM's arrays and maps are here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrate.alias.facade import facade
from relay_compat.ir.values import Pairs


def _array(values: Iterable[Any] = ()) -> tuple[Any, ...]:
    return tuple(values)


def _map(values: Mapping[Any, Any]) -> dict[Any, Any]:
    return dict(values)


Array = facade("Array", (tuple, list), _array)
Map = facade("Map", (dict, Pairs), _map)

__all__ = ["Array", "Map"]
