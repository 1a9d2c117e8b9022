"""Classes of TVM whose constructor differs from that of the class that stands behind them here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class _Facade(type):
    """``isinstance`` asks for the classes behind; a call makes an object of one of them."""

    behind: tuple[type, ...]
    make: Callable[..., Any]

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.behind)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.behind)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") or not cls.behind:
            raise AttributeError(name)
        return getattr(cls.behind[0], name)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls.make(*args, **kwargs)


def facade(name: str, behind: tuple[type, ...], make: Callable[..., Any]) -> Any:
    """A class of this name that makes objects with ``make`` and holds those of the classes ``behind`` for its own."""
    return _Facade(name, (), {"behind": behind, "make": staticmethod(make)})
