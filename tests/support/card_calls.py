"""Calls of op cards as tests state them: by Relay's attributes, on types or on arrays."""

from typing import Any

import numpy as np

from tensor_core.loops import interpret
from tensor_core.loops.from_card import lower_card
from tensor_core.loops.verify import verify
from tensor_core.ops.card import OpCard
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import complete, relay_params
from tensor_core.shapes import ANY
from tensor_core.types import TensorType, TupleType, Type, leaves, tensor_type_of


def card(name: str) -> OpCard[Any]:
    return registry().by_name[name]


def params(name: str, types: list[Any], **attrs: Any) -> Any:
    """The parameters that Relay's attributes mean for these argument types."""
    found = card(name)
    assert found.relay is not None
    return relay_params(found, complete(found.relay.fields, attrs), types)


def tensor(*shape: Any, dtype: str = "float32") -> TensorType:
    """A tensor type; None is an open dimension."""
    return TensorType(tuple(ANY if dim is None else dim for dim in shape), dtype)


def type_of(value: Any) -> Type:
    return TupleType(tuple(map(type_of, value))) if isinstance(value, tuple) else tensor_type_of(value)


def kernel_results(name: str, parameters: Any, types: list[Type], args: list[Any], results: list[Any]) -> list[Any]:
    """What the card's kernel computes; `results` are arrays of the types it gives."""
    kernel = lower_card(card(name), parameters, types)
    assert verify(kernel) == []
    flat = [leaf for arg in args for leaf in (arg if isinstance(arg, tuple) else (arg,))]
    stated = [leaf for result in results for leaf in leaves(type_of(np.asarray(result)))]
    return interpret.run(kernel, flat, [leaf for leaf in stated if isinstance(leaf, TensorType)])
