"""The decorators of user-written functors (tvm.relax.expr_functor.visitor and mutator)."""

from __future__ import annotations

from typing import Any, TypeVar

C = TypeVar("C", bound=type[Any])


def visitor(cls: C) -> C:
    """The class to instantiate for a user's functor; ``_cls`` of it is the class as written, to inherit from.

    TypeError when the class derives from a decorated one.
    """
    for base in cls.__mro__:
        if "_cls" in vars(base):
            name = cls.__name__
            raise TypeError(
                f"Inheritance from a decorated object `{name}` is not allowed. Please inherit from `{name}._cls`."
            )
    decorated: Any = type(cls.__name__, (cls,), {"_cls": cls, "__doc__": cls.__doc__, "__module__": cls.__module__})
    return decorated


mutator = visitor
