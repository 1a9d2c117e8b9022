"""What a group of Relay may hold, and what it must: as the patterns say that TVM 0.19 has registered.

The pass asks for the patterns that are registered here; a wrong one shows by the groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import relay_compat.ir.expr as relay
from migrate.passes.ports.seen import function_attrs, nodes, type_of
from migrate.passes.registered import registered
from tensor_core import shapes
from tensor_core.ops.card import Pattern
from tensor_core.types import TensorType, leaves, same_type

_ELEMENTWISE, _BROADCAST, _INJECTIVE = Pattern.ELEMENTWISE.value, Pattern.BROADCAST.value, Pattern.INJECTIVE.value
_REDUCE, _PRODUCT, _OPAQUE = Pattern.REDUCE.value, Pattern.OUT_FUSABLE.value, Pattern.OPAQUE.value

_User = relay.Call | relay.TupleGetItem
_USERS = (relay.Call, relay.TupleGetItem)


def is_group(node: Any) -> bool:
    """Whether a node is a function that is to be one kernel."""
    return bool(function_attrs(node).get("Primitive"))


def misgrouped(function: relay.Function) -> str:
    """What a group of a function holds that must not be in it, or what it should hold beside; "" where all is right."""
    within = nodes(function)
    groups = {node: _calls(node) for node in within if isinstance(node, relay.Function) and is_group(node)}
    for group, calls in groups.items():
        if wrong := _too_much(group, calls):
            return wrong
    for producer, user in _apart(within):
        if wrong := _too_little(producer, groups[producer], user):
            return wrong
    return ""


def _calls(group: relay.Function) -> Sequence[relay.Call]:
    return [node for node in nodes(group) if isinstance(node, relay.Call) and isinstance(node.op, relay.Op)]


def _pattern(call: relay.Call | relay.TupleGetItem) -> int:
    if isinstance(call, relay.TupleGetItem):
        return _INJECTIVE
    assert isinstance(call.op, relay.Op)
    return registered("TOpPattern").get(call.op.name, _OPAQUE)


def _too_much(group: relay.Function, calls: Sequence[relay.Call]) -> str:
    """What is opaque is alone, what sums up comes last, and a product comes first, with nothing behind it that has
    another shape; either has nothing beside it that moves elements.
    """
    patterns = {call: _pattern(call) for call in calls}
    products = [call for call in calls if patterns[call] == _PRODUCT]
    sums = [call for call in calls if patterns[call] == _REDUCE]
    behind = set(products)
    for call in calls:
        assert isinstance(call.op, relay.Op)
        inside = [arg for arg in call.args if arg in patterns]
        if len(calls) > 1 and patterns[call] == _OPAQUE:
            return f"{call.op.name} is in a group with others"
        if patterns[call] == _REDUCE and call is not group.body:
            return f"something follows {call.op.name} in its group"
        if products and (patterns[call] > _BROADCAST if call is not products[0] else bool(inside)):
            return f"{call.op.name} is in a group with {_name(products[0])}"
        if sums and patterns[call] == _INJECTIVE:
            return f"{call.op.name} is in a group with {_name(sums[0])}"
        if any(arg in behind for arg in inside):
            behind.add(call)
            if any(arg in behind and not _is_elementwise(arg, call) for arg in inside):
                return f"{_name(products[0])} is in a group with {call.op.name}, which spreads it"
    return ""


def _apart(within: Sequence[Any]) -> Iterator[tuple[relay.Function, tuple[relay.Function, _User]]]:
    """The groups whose result only one operator uses, or only one field of it, in another group; with that use."""
    uses: Counter[Any] = Counter(child for node in within for child in node.iter_children())
    for node in within:
        if not isinstance(node, relay.Call) or not isinstance(node.op, relay.Function) or not is_group(node.op):
            continue
        asking: Mapping[Any, list[_User]] = {}
        for arg, param in zip(node.args, node.op.params, strict=True):
            if not (isinstance(arg, relay.Call) and isinstance(arg.op, relay.Function) and is_group(arg.op)):
                continue
            asking = asking or _askers(node.op)
            if uses[arg] == 1 and len(asking.get(param, ())) == 1:
                yield arg.op, (node.op, asking[param][0])


def _askers(group: relay.Function) -> Mapping[Any, list[_User]]:
    """By parameter of a group, what takes it, as often as it does; of one that a tuple takes, nothing."""
    found: dict[Any, list[Any]] = {param: [] for param in group.params}
    for node in nodes(group.body):
        for child in node.iter_children():
            if child in found:
                found[child].append(node)
    return {param: users for param, users in found.items() if all(isinstance(user, _USERS) for user in users)}


def _too_little(producer: relay.Function, before: Sequence[relay.Call], at: tuple[relay.Function, _User]) -> str:
    """Whether the last of a group should be in that of its only user: what works on single elements before what moves
    or sums them up, what moves them before what moves them, a product before what works on its elements.
    """
    group, user = at
    last = producer.body
    if not isinstance(last, relay.Call) or not isinstance(last.op, relay.Op) or not _are_static(last, user):
        return ""
    mine, theirs, there = _pattern(last), _pattern(user), [_pattern(call) for call in _calls(group)]
    if _PRODUCT in map(_pattern, before):
        together = mine != _OPAQUE and theirs <= _BROADCAST and _is_elementwise(last, user) and _PRODUCT not in there
    elif mine <= _BROADCAST:
        together = theirs <= _INJECTIVE or theirs == _REDUCE
    else:
        together = mine == _INJECTIVE and theirs <= _INJECTIVE and max(there, default=0) <= _INJECTIVE
    return f"{_name(last)} is not in the group of {_name(user)}" if together else ""


def _is_elementwise(value: Any, user: _User) -> bool:
    """Whether an operator works on the elements of a value one by one, in their places."""
    one, other = type_of(value), type_of(user)
    if _pattern(user) == _BROADCAST and isinstance(one, TensorType) and isinstance(other, TensorType):
        return same_type(TensorType(one.shape, other.dtype), other)
    return _pattern(user) == _ELEMENTWISE


def _are_static(*calls: _User) -> bool:
    types = [leaf for call in calls for leaf in leaves(type_of(call))]
    return all(isinstance(leaf, TensorType) and shapes.is_static(leaf.shape) for leaf in types)


def _name(call: Any) -> str:
    return "a field" if isinstance(call, relay.TupleGetItem) else str(call.op.name)
