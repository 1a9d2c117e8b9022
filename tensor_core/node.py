"""Immutable IR nodes: the one decorator that makes them and the one iterative walk that visits them.

A node is compared and hashed by identity (as in TVM: two equal-looking calls are two nodes), its fields cannot be
assigned after construction, and it names its child fields in ``children``; every visitor derives from that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, Literal, TypeVar, cast, dataclass_transform
from weakref import WeakKeyDictionary

T = TypeVar("T")
N = TypeVar("N", bound="Node")


def hidden(default: Any = None, *, init: Literal[False] = False) -> Any:
    """A field outside ``__init__`` that later analyses fill through :meth:`Node.memo` (an inferred type, say).

    ``init`` is there for type checkers, which read from its declaration that constructors do not take the field.
    """
    return dataclasses.field(default=default, init=init, repr=False, compare=False)


@dataclass_transform(eq_default=False, frozen_default=True, field_specifiers=(hidden, dataclasses.field))
def node(cls: type[T]) -> type[T]:
    """Make ``cls`` a frozen, slotted dataclass with identity equality.

    Fields cannot be assigned; other attributes can, as on any Python object, and are no part of the node.
    """
    made = dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)(cls)
    fields = frozenset(field.name for field in dataclasses.fields(cast(Any, made)))

    def assign(self: Any, name: str, value: Any) -> None:
        if name in fields or not isinstance(self, Node):
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        _BESIDE.setdefault(self, {})[name] = value

    made.__setattr__ = assign
    return made


class Node:
    """Base of every IR node.

    ``children`` names the fields that hold child nodes: a node, None, or a tuple of nodes.
    """

    __slots__ = ("__weakref__",)
    children: ClassVar[tuple[str, ...]] = ()

    def __getattr__(self, name: str) -> Any:
        beside = _BESIDE.get(self)
        if beside is None or name not in beside:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return beside[name]

    def iter_children(self) -> Iterator[Node]:
        """The child nodes in declared order."""
        found: list[Node] = []
        for value in _reader(self.children)(self):
            if isinstance(value, tuple):
                found += cast("tuple[Node, ...]", value)
            elif value is not None:
                found.append(value)
        return iter(found)

    def memo(self, name: str, value: Any) -> None:
        """Fill a ``hidden`` field: the only write that a finished node allows."""
        object.__setattr__(self, name, value)

    def same_as(self, other: object) -> bool:
        """Whether both are one object, which is what ``==`` says, too."""
        return self is other

    def replace(self: N, **changes: Any) -> N:
        """A copy with the given fields changed; hidden fields start empty."""
        return dataclasses.replace(cast(Any, self), **changes)

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{f.name}={getattr(self, f.name)!r}"
            for f in dataclasses.fields(cast(Any, self))
            if f.init and f.name not in self.children
        )
        return f"{type(self).__name__}({shown})"


@cache
def _reader(names: tuple[str, ...]) -> Callable[[Node], tuple[Any, ...]]:
    """Reads fields at once: every walk over a program does it at every node."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda node: tuple(getattr(node, name) for name in names)


_BESIDE: WeakKeyDictionary[Node, dict[str, Any]] = WeakKeyDictionary()
"""Attributes that programs put on nodes for their own use."""


def post_order(roots: Iterable[N], children: Callable[[N], Iterable[N]]) -> list[N]:
    """Every node reachable from ``roots`` once, children before parents, left to right. Iterative: depth is no
    limit.
    """
    order: list[N] = []
    seen: set[int] = set()
    for root in roots:
        if id(root) in seen:
            continue
        seen.add(id(root))
        stack: list[tuple[N, Iterator[N]]] = [(root, iter(children(root)))]
        while stack:
            parent, pending = stack[-1]
            for child in pending:
                if id(child) not in seen:
                    seen.add(id(child))
                    stack.append((child, iter(children(child))))
                    break
            else:
                stack.pop()
                order.append(parent)
    return order
