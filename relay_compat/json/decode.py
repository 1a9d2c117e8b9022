"""From the nodes of a JSON module to objects: shared nodes stay shared, depth is no limit, every field is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, cast

from relay_compat.attributes import call_attrs
from relay_compat.history.steps import NotUpgraded
from relay_compat.history.upgrade import Upgrade
from relay_compat.ir.expr import Expr, GlobalVar, op
from relay_compat.ir.types import GlobalTypeVar
from relay_compat.ir.values import Entry, Record
from relay_compat.json.graph import Graph
from relay_compat.json.layout import Layout, layouts, second_layout
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError, did_you_mean
from tensor_core.prim import IntImm
from tensor_core.spans import Span
from tensor_core.types import Type

T = TypeVar("T")

_SKIPPED = frozenset(
    ["_checked_type_", "struct_info_", "type_constraints", "source_map", "global_var_map_", "global_type_var_map_"]
)
_RECORDED = "_checked_type_"
_OPTIONAL = frozenset(("span", "virtual_device_", "features", "__dict__"))
_LISTS = ("Array", "Map")
_TEXTS = frozenset([
    "", "Op", "runtime.String", "SourceName", "EnvFunc", "TargetKind", "runtime.BoxInt", "runtime.BoxFloat",
    "runtime.BoxBool", "runtime.NDArray",
])  # fmt: skip
_UNSET, _OPEN = object(), object()
OPEN = object()
"""Stands for a field of an older release that may be missing and then means nothing."""


class Fields:
    """The decoded fields of one node, taken out with a check of their type; R2R0301 where one does not fit."""

    __slots__ = ("decoder", "index", "node", "type_key", "values")

    def __init__(
        self, decoder: Decoder, index: int, type_key: str, node: dict[str, Any], values: dict[str, Any]
    ) -> None:
        self.decoder = decoder
        self.index = index
        self.type_key = type_key
        self.node = node
        self.values = values

    def bad(self, message: str) -> DiagnosticError:
        """R2R0301 at this node."""
        return self.decoder.graph.bad(self.index, f"{self.type_key}: {message}")

    def one(self, name: str, kind: type[T]) -> T:
        """A field that holds an object of this class."""
        value = self.values[name]
        if isinstance(value, kind):
            return value
        raise self.bad(f"field {name} holds {_shown(value)}, not {kind.__name__}")

    def maybe(self, name: str, kind: type[T]) -> T | None:
        """A field that may be null."""
        return None if self.values[name] is None else self.one(name, kind)

    def many(self, name: str, kind: type[T]) -> tuple[T, ...]:
        """A field that holds an array of objects of this class; null is an empty one."""
        value = self.values[name]
        if value is None:
            return ()
        if not isinstance(value, tuple):
            raise self.bad(f"field {name} holds {_shown(value)}, not an array")
        items = cast("tuple[Any, ...]", value)
        for item in items:
            if not isinstance(item, kind):
                raise self.bad(f"field {name} holds {_shown(item)}, not {kind.__name__}")
        return items

    def span(self) -> Span:
        """Where the node stands in the JSON, with the span that its ``span`` field declares."""
        declared = self.values.get("span")
        place = self.decoder.graph.span(self.index)
        if not isinstance(declared, Span):
            return place
        return Span(place.source, place.line, place.column, place.end_line, place.end_column, declared)


Builder = Callable[[Fields], Any]


class _Plan(NamedTuple):
    """The fields of a kind that are read, those of them that hold other objects, and what missing ones mean."""

    fields: Layout
    references: tuple[str, ...]
    missing: Mapping[str, Any] = MappingProxyType({})


@cache
def _plan_of(key: str, second: Layout | None, upgrade: Upgrade | None) -> _Plan | None:
    """How a kind of node is read, ``second`` being its layout if it has two; :class:`NotUpgraded` where the release
    leaves that open.
    """
    older = upgrade.layout(key) if upgrade is not None else None
    layout = second or older or layouts().get(key)
    if layout is None:
        return None
    # The type of a scalar variable repeats its dtype.
    skipped = _SKIPPED | {"type_annotation"} if key.startswith("tir.") else _SKIPPED
    fields = tuple((name, storage) for name, storage in layout if name not in skipped)
    references = tuple(name for name, storage in fields if storage == "o")
    if upgrade is None:
        return _Plan(fields, references)
    left_out = {name: OPEN for name, _ in fields if upgrade.is_optional(key, name)}
    return _Plan(fields, references, {**left_out, **upgrade.missing(key)})


class Decoder:
    """Decodes nodes of a graph on demand, each once. ``builders`` make the objects by type key.

    ``upgrade`` says what the nodes of an older release meant.
    """

    def __init__(self, graph: Graph, builders: Mapping[str, Builder], upgrade: Upgrade | None = None) -> None:
        self.graph = graph
        self.upgrade = upgrade
        self.global_vars: dict[str, GlobalVar] = {}
        self.numbers: dict[int, IntImm] = {}
        self.global_type_vars: dict[str, GlobalTypeVar] = {}
        self._builders = builders
        self._values: list[Any] = [_UNSET] * len(graph.nodes)
        self._values[0] = None
        self._children: dict[int, list[int]] = {}
        self._depths = [0] * len(graph.nodes)
        self._call_attrs: dict[tuple[int, int], Attrs | None] = {}

    def decode(self, root: int) -> Any:
        """The object of a node. DiagnosticError R2R0301 for damage and cycles, R2R0304 for an unknown kind of node."""
        values = self._values
        stack = [root]
        while stack:
            index = stack[-1]
            if values[index] is _UNSET:
                values[index] = _OPEN
                self._children[index] = children = self._references(index)
                for child in children:
                    if values[child] is _UNSET:
                        stack.append(child)
                    elif values[child] is _OPEN:
                        raise self.graph.bad(child, "the node contains itself")
            else:
                stack.pop()
                if values[index] is _OPEN:
                    values[index] = value = self._build(index)
                    self._measure(index, value)
        return values[root]

    def call_attrs(self, callee: Expr, attrs: Attrs | None) -> Attrs | None:
        """The checked attributes of a call; one object where calls share one."""
        if attrs is None:
            return call_attrs(callee, None)
        key = id(attrs), id(callee)
        if key not in self._call_attrs:
            self._call_attrs[key] = call_attrs(callee, attrs)
        return self._call_attrs[key]

    def _measure(self, index: int, value: Any) -> None:
        """Bound the nesting of what is later walked by recursion: types, patterns, attribute values."""
        children = self._children.pop(index)
        if children and not isinstance(value, Expr):
            self._depths[index] = depth = 1 + max(self._depths[child] for child in children)
            # An array between two levels counts as a level.
            if depth > 2 * self.graph.limits.nesting:
                message = f"nested deeper than {self.graph.limits.nesting} levels"
                raise self.graph.error(codes.LIMIT, f"node {index}: {message}", index)

    def _references(self, index: int) -> list[int]:
        node = self.graph.node(index)
        key = node["type_key"]
        if key in _LISTS:
            return self.graph.references(node, index)
        if key in _TEXTS:
            return []
        fields = self._attrs(node, index)
        plan = self._plan(key, fields, index)
        reference = self.graph.reference
        result = [reference(fields[name], index) for name in plan.references if name in fields]
        if key == "relay.Call" and self._calls_unknown_op(fields, index):
            result.append(reference(fields.get(_RECORDED), index))
        return result

    def _calls_unknown_op(self, fields: dict[str, Any], index: int) -> bool:
        callee = self.graph.node(self.graph.reference(fields.get("op"), index))
        return callee["type_key"] == "Op" and op(str(callee.get("repr_str"))).card is None

    def _attrs(self, node: dict[str, Any], index: int) -> dict[str, Any]:
        attrs = node.get("attrs", {})
        if not isinstance(attrs, dict):
            raise self.graph.bad(index, "its attrs are no object")
        return cast("dict[str, Any]", attrs)

    def _plan(self, key: str, fields: dict[str, Any], index: int) -> _Plan:
        try:
            plan = _plan_of(key, second_layout(key, fields), self.upgrade)
        except NotUpgraded as problem:
            raise self.graph.error(codes.NOT_UPGRADED, f"node {index}: {problem}", index) from None
        if plan is None:
            hint = did_you_mean(key, layouts())
            raise self.graph.error(codes.UNKNOWN_NODE, f"node {index} is of unknown kind {key:.60}", index, hint)
        return plan

    def _build(self, index: int) -> Any:
        node = self.graph.node(index)
        key: str = node["type_key"]
        if key in _LISTS or key in _TEXTS:
            return self._builders[key](Fields(self, index, key, node, {}))
        values = self._fields(key, node, index)
        builder = self._builders.get(key)
        if builder is not None:
            return builder(Fields(self, index, key, node, values))
        if key.startswith("relay.attrs."):
            return Attrs(key, values)
        return Record(key, tuple(Entry(name, values.get(name), storage != "o") for name, storage in layouts()[key]))

    def _fields(self, key: str, node: dict[str, Any], index: int) -> dict[str, Any]:
        raw = self._attrs(node, index)
        values: dict[str, Any] = {}
        plan = self._plan(key, raw, index)
        for name, storage in plan.fields:
            if name not in raw:
                if name in plan.missing:
                    if plan.missing[name] is not OPEN:
                        values[name] = plan.missing[name]
                    continue
                if name not in _OPTIONAL:
                    raise self.graph.bad(index, f"{key} has no field {name}")
                values[name] = None
            elif storage == "o":
                values[name] = self._values[self.graph.reference(raw[name], index)]
            else:
                values[name] = self._scalar(raw[name], storage, name, index)
        if key == "relay.Call":
            # Built only where it was asked for.
            recorded = self._values[self.graph.reference(raw.get(_RECORDED, "0"), index)]
            values[_RECORDED] = recorded if isinstance(recorded, Type) else None
        return values

    def _scalar(self, raw: Any, storage: str, name: str, index: int) -> Any:
        if not isinstance(raw, str):
            raise self.graph.bad(index, f"field {name} is no text")
        if storage == "n":
            return self.graph.array(raw, index)
        if storage in "sd":
            if self.upgrade is not None and raw.isdigit() and storage == "s":
                # No text of an operator's attribute is a number; a later release wrote it as a reference.
                raise self.graph.bad(index, f"field {name} is a reference, not a text: of which release is the file?")
            return raw
        try:
            return float(raw) if storage == "f" else bool(int(raw)) if storage == "b" else int(raw)
        except ValueError:
            raise self.graph.bad(index, f"field {name} is no number: {raw!r:.40}") from None

    def items(self, fields: Fields) -> list[Any]:
        """The decoded objects of a node's ``data``."""
        return [self._values[n] for n in self.graph.references(fields.node, fields.index)]


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
