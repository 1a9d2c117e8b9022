"""Functions that build operator calls, derived from cards and recorded signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from inspect import BoundArguments
from typing import Any, cast

from relax_core.ir.base import Size
from relax_core.ir.expr import Call, Expr, op
from relax_core.op.adapt import ADAPT
from relax_core.op.builtins import BUILTINS, described
from relax_core.op.convert import as_attribute, as_operand
from relax_core.op.signatures import Recorded, paths, recorded
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError, fail, named
from tensor_core.ops.card import Reject, RelaxSpelling
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import complete
from tensor_core.releases import older
from tensor_core.signatures import bound

__all__ = ["COMPOSED", "creator", "has_creator", "names"]

COMPOSED = frozenset({"linear", "masked_fill", "nn.relu6", "memory.view"})
"""Functions that stand for calls of other operators, or fill in operands."""


@cache
def creator(path: str, release: str = "0.27") -> Callable[..., Expr]:
    """The function of this path under tvm.relax.op ("add", "nn.conv2d") in a release.

    It takes what TVM's takes: numbers, sequences and strings where an expression is meant. The call that it returns is
    not typed yet. R2R0105, R2R0201, R2R0202 and R2R0204 (TypeErrors and ValueErrors as well) for arguments that TVM
    refuses, too. AttributeError when the release has no such function, or no card describes its operator.
    """
    builtin = BUILTINS.get(path)
    if builtin is not None:
        return builtin(release)
    found = recorded(path, release)
    if found is None or _spelling(found.op, release) is None:
        plain = described(path, release)
        if plain is not None:
            return plain
        raise AttributeError(f"there is no function relax.op.{path} in TVM {release}")
    known = found

    def build(*args: Any, **kwargs: Any) -> Expr:
        given = bound(f"R.{path}", known.signature, args, kwargs)
        try:
            return _call(known, given, release)
        except DiagnosticError as error:
            raise named(error, f"R.{path}") from None

    build.__name__ = build.__qualname__ = path.rpartition(".")[2]
    build.__doc__ = f"A call of the operator {known.op}."
    build.__signature__ = known.signature  # type: ignore[attr-defined]
    return build


def has_creator(path: str, release: str) -> bool:
    """Whether the release has a function of this path under tvm.relax.op that calls an operator with a card."""
    return _exists(path, release)


def names(prefix: str = "", release: str = "0.27") -> list[str]:
    """The functions directly under a prefix such as "nn." in a release, "" for those of tvm.relax.op itself."""
    listed = {*paths(), *BUILTINS}
    inside = (path.removeprefix(prefix) for path in listed if path.startswith(prefix) and _exists(path, release))
    return sorted(name for name in inside if "." not in name)


def _exists(path: str, release: str) -> bool:
    found = recorded(path, release)
    if path in BUILTINS or found is None:
        return path in BUILTINS
    return _spelling(found.op, release) is not None or described(path, release) is not None


def _spelling(name: str, release: str) -> RelaxSpelling | None:
    card = registry().by_relax.get(name)
    return card.relax_for(release) if card else None


def _call(known: Recorded, given: BoundArguments, release: str) -> Expr:
    arguments: dict[str, Any] = dict(given.arguments)
    adapt = ADAPT.get(known.path)
    name = known.op
    if adapt is not None:
        changed = adapt(arguments, release)
        if isinstance(changed, Expr):
            return changed
        name = changed or name
    spelling = _spelling(name, release)
    assert spelling is not None
    made = assemble(spelling, arguments)
    return made if made.attrs is None or not _counts_in_nodes(release) else made.replace(attrs=_as_nodes(made.attrs))


def _counts_in_nodes(release: str) -> bool:
    """Whether the integers of attributes are nodes with an element type: in releases before 0.21."""
    return older(release, "0.21")


def _as_nodes(attrs: Attrs) -> Attrs:
    """The attributes with their lists of integers as int64 constants, which are ints as well."""
    return Attrs(attrs.type_key, {name: _node(value) for name, value in attrs.items()})


def _node(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_node, cast("tuple[Any, ...]", value)))
    return Size(value) if type(value) is int else value


def assemble(spelling: RelaxSpelling, arguments: Mapping[str, Any]) -> Call:
    """The call of an operator with these arguments: attributes by name, the others operands in order. R2R0201 for too
    many operands, R2R0105 for an attribute that does not fit.
    """
    fields = {item.name: item for item in spelling.fields}
    values = [value for name, value in arguments.items() if name not in fields]
    while values and values[-1] is None:
        values.pop()
    if len(values) > len(spelling.operands):
        raise fail(codes.ARITY, f"{spelling.name} takes {len(spelling.operands)} operands, got {len(values)}")
    operands = tuple(as_operand(item, value) for item, value in zip(spelling.operands, values, strict=False))
    if spelling.attrs_type is None:
        return Call(op(spelling.name), operands)
    written = {name: as_attribute(fields[name], arguments[name], spelling.name) for name in fields if name in arguments}
    try:
        attrs = Attrs(spelling.attrs_type, complete(spelling.fields, written))
    except Reject as reject:
        raise fail(codes.BAD_ATTRIBUTE, f"{spelling.name}: {reject.message}") from None
    return Call(op(spelling.name), operands, attrs)
