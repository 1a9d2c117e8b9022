"""tvm.ir.container: what TVM's arrays and maps are here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from migrate.alias.facade import facade
from relay_compat.ir.values import Pairs
from tensor_core.attrs import Attrs


class _Named(type):
    """Maps of names as the JSON reader makes them."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Attrs) and instance.type_key == "Map"


class _NamedMap(metaclass=_Named):
    """Stands for them in ``isinstance``."""


def _array(values: Iterable[Any] = ()) -> tuple[Any, ...]:
    return tuple(values)


def _map(values: Mapping[Any, Any]) -> dict[Any, Any]:
    return dict(values)


Array = facade("Array", (tuple, list), _array)
Map = facade("Map", (dict, Pairs, _NamedMap), _map)

__all__ = ["Array", "Map"]
