"""Faults of the converter, of texts and files, and of codemods that nobody reported, but that are easily made."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import migrate.codemods.names as names
import migrate.forward.call as forward_call
import migrate.forward.data as forward_data
import migrate.forward.dynamic.params as open_params
import migrate.forward.function as forward_function
import relay_compat.json.decode as decode
import relay_compat.scopes as scopes
import relay_compat.text.lossless as lossless
from faults.frame import Bug, bug, chained, meaning, of_property, wrong_property
from migrate.verify.generate.features import PURE
from migrate.verify.generate.skeletons import DATA, LAYERS, OPEN, PLACES, SCALARS
from migrate.verify.properties import round_trips
from migrate.verify.properties.equivalence import conversion, keeps_meaning, to_relax
from migrate.verify.properties.relations.rewrites import one_name
from migrate.verify.properties.sources import sources_keep_meaning
from migrate.verify.properties.types_hold import types_hold
from relax_core.ir.expr import If, TupleGetItem
from relax_core.types.deduce import type_of
from relax_core.types.leaves import type_of as leaf_type
from relax_core.visit import Mutator
from tensor_core.ops.registry import registry

_DYNAMIC = [f"migrate.forward.dynamic.{name}" for name in ("signature", "solve", "functions", "choices", "symbols")]
_READ = forward_call.relay_params
_SCHEDULED = scopes.Plan._scheduled
_DIGITS = lossless._digits


def misread(card: str, **changes: Callable[[Any], Any]) -> tuple[Any, str, Any]:
    """The converter takes some attributes of an operator for others."""

    def read(found: Any, attrs: Any, types: Any) -> Any:
        params = _READ(found, attrs, types)
        if found.name != card:
            return params
        return replace(params, **{name: change(params) for name, change in changes.items()})

    return forward_call, "relay_params", read


def _dilated(params: Any) -> Any:
    amount = max(params.padding, default=0)
    return (amount or 1,) * len(params.dilation)


def _padded(params: Any) -> Any:
    return tuple(int(dim > 1) for dim in (params.dilation * 2))


class _Changed(Mutator):
    """Right-hand sides of a converted module changed."""

    def __init__(self, change: Callable[[Any], Any]) -> None:
        super().__init__()
        self._change = change

    def value(self, value: Any) -> Any:
        return self._change((yield super().value(value)))


def _after(change: Callable[[Any], Any]) -> Any:
    def convert(module: Any) -> Any:
        result: Any = to_relax(module).copy()
        for var, function in result.functions.items():
            if hasattr(function, "ret_ty"):
                result.functions[var] = _Changed(change).run(function)
        return result

    return convert


def _swapped(value: Any) -> Any:
    if not isinstance(value, If):
        return value
    new = value.replace(true_branch=value.false_branch, false_branch=value.true_branch)
    new.memo("ty", value.ty)
    return new


def _next_field(value: Any) -> Any:
    if not isinstance(value, TupleGetItem):
        return value
    fields = type_of(value.tuple_value).fields  # type: ignore[union-attr]
    new = value.replace(index=(value.index + 1) % len(fields))
    if str(fields[new.index]) != str(fields[value.index]):
        return value
    new.memo("ty", leaf_type(value))
    return new


def _backwards(self: Any, node: Any) -> Any:
    _SCHEDULED(self, node)
    self._operands[node].reverse()
    return iter(self._operands[node])


def _as_it_is(self: Any, sigil: str, name: str) -> str:
    del self
    return f"{sigil}{name}"


def _six(value: Any) -> str:
    return f"{float(value):.6g}" if _DIGITS(value).lstrip("-")[0].isdigit() else _DIGITS(value)


def _no_specials(value: Any) -> str:
    text = _DIGITS(value)
    return text.replace("inf", "3.4028235e+38").replace("nan", "0.0")


class _NextNode:
    """Fields of nodes with arrays taken one place later."""

    def __call__(self, fields: Any, name: str, kind: Any) -> Any:
        found = _MANY(fields, name, kind)
        return found[1:] + found[:1] if name == "args" and len(found) > 1 else found


_MANY = decode.Fields.many


def _by_text(self: Any, node: Any) -> bool:
    """A name means what the file's imports say, whatever is around its use."""
    start = names.root(node)
    scope = None if start is None else self._scopes.get(start)
    if scope is None or start is None:
        return False
    self.words.add(start.value)
    found = scope.globals.get_qualified_names_for(node)
    imported = [item.name for item in found if item.source is names.QualifiedNameSource.IMPORT]
    for name in {self._name(item) for item in imported}:
        meanings = frozenset(item.name for item in found)
        self.uses[name].append(names.Use(node, self._called.get(node), name, meanings, scope.globals))
    return bool(imported)


def _one_symbol(self: Any, place: str, span: Any) -> Any:
    """All open sizes are one symbol."""
    del place, span
    if "n" not in self._by_name:
        self._by_name["n"] = self._sizes.symbols.fresh("n")
    return self._by_name["n"]


def _of_one_arm(a: Any, b: Any, stated: Any) -> Any:
    del b, stated
    return a


def _other_kind(emitter: Any, constructor: Any, *rest: Any, **more: Any) -> Any:
    others = {"First": "Second", "Second": "First"}
    return _MAKE(emitter, constructor.replace(name=others.get(constructor.name, constructor.name)), *rest, **more)


def _forwards(params: Any, *types: Any) -> Any:
    return _SLICE(replace(params, strides=tuple(abs(step) for step in params.strides)), *types)


def _other_count(params: Any, *values: Any) -> Any:
    return _AVERAGE(replace(params, count_include_pad=not params.count_include_pad), *values)


_MAKE = forward_data.make
_SLICE = registry().by_name["strided_slice"].infer
_AVERAGE: Any = registry().by_name["nn.avg_pool2d"].reference
USERS_OF_MAKE = [m for m in (forward_data, forward_function) if hasattr(m, "make")]
USERS_OF_COMMON = [m for m in map(importlib.import_module, _DYNAMIC) if hasattr(m, "common")]


def bugs() -> Iterator[Bug]:
    around: dict[str, Any] = {"around": LAYERS}
    pure = replace(conversion(), features=PURE)
    yield of_property(
        "c1", "", "padding and dilation are taken for each other", "convolution with either", pure,
        misread("nn.conv2d", dilation=_dilated, padding=_padded), **around,
    )  # fmt: skip
    yield of_property(
        "c2", "", "topk sorts the other way", "topk", pure, misread("topk", is_ascend=lambda p: not p.is_ascend),
        around=PLACES,
    )  # fmt: skip
    yield of_property(
        "c3", "", "argmax takes the last of equal elements", "argmax of equal elements", pure,
        misread("argmax", select_last_index=lambda p: not p.select_last_index), around=PLACES,
    )  # fmt: skip
    yield of_property(
        "c4", "", "strided_slice takes its strides for its beginnings", "slice", pure,
        misread("strided_slice", begin=lambda p: p.strides or p.begin), around=PLACES,
    )  # fmt: skip
    yield of_property(
        "c5", "", "the weight of dense is not transposed", "dense with a square weight", pure,
        misread("nn.dense", transpose_b=lambda _: False), **around,
    )  # fmt: skip
    yield of_property(
        "c6", "", "open sizes are taken for one another", "two open sizes", pure,
        (open_params.Params, "_dim", _one_symbol), around=OPEN,
    )  # fmt: skip
    yield of_property(
        "45", "#17332", "the type of a branch keeps what one arm knows", "arms of different open sizes", pure,
        *((module, "common", _of_one_arm) for module in USERS_OF_COMMON), around=OPEN,
    )  # fmt: skip
    yield of_property(
        "c12", "", "constructors of a data type are taken for each other", "match on a value of two kinds", pure,
        *((module, "make", _other_kind) for module in USERS_OF_MAKE), around=DATA,
    )  # fmt: skip
    yield bug(
        "47", "#10418, #10155, #17050", "the shape of a slice ignores the sign of its strides", "slice by a step back",
        lambda transform: types_hold("relay types", transform), round_trips.through_text,
        (registry().by_name["strided_slice"], "infer", _forwards), around=PLACES, features=PURE,
    )  # fmt: skip
    compiled = replace(keeps_meaning("Relay, compiled", lambda module: module, ("backend",)), features=PURE)
    yield of_property(
        "48", "#18594, #10614, #9835, #20105", "an average over a window counts padding where it should not",
        "average pooling over the edge", compiled, (registry().by_name["nn.avg_pool2d"], "reference", _other_count),
        around=LAYERS,
    )  # fmt: skip
    yield bug(
        "c7", "", "projections are off by one", "field of a tuple of alike fields", meaning("conversion"), to_relax,
        _after(_next_field), features=PURE,
    )  # fmt: skip
    yield bug(
        "c8", "", "the arms of a branch are swapped", "if with different arms", meaning("conversion"), to_relax,
        _after(_swapped), features=PURE,
    )  # fmt: skip
    yield bug(
        "c9", "", "operands are evaluated from the last to the first", "ref, effects in two operands",
        meaning("conversion"), to_relax, (scopes.Plan, "_scheduled", _backwards),
    )  # fmt: skip
    yield bug(
        "c10", "", "a variable is captured by one of the same name", "two variables of one name in one scope",
        meaning("text"), chained(one_name, round_trips.through_text), (lossless.LosslessPrinter, "_fresh", _as_it_is),
    )  # fmt: skip
    yield of_property(
        "c11", "", "a default of an attribute is another number", "normalisation with the default epsilon", pure,
        misread("nn.layer_norm", epsilon=lambda p: 1e-3 if p.epsilon == 1e-5 else p.epsilon),
        misread("nn.batch_norm", epsilon=lambda p: 1e-3 if p.epsilon == 1e-5 else p.epsilon), **around,
    )  # fmt: skip
    yield of_property(
        "c13", "", "nodes of an array in JSON are taken one place later", "call of two operands",
        round_trips.relay_json(), (decode.Fields, "many", lambda self, name, kind: _NextNode()(self, name, kind)),
    )  # fmt: skip
    yield of_property(
        "c14", "", "floats are printed with six digits", "scalar of many digits", round_trips.relay_text(),
        (lossless, "_digits", _six), around=SCALARS,
    )  # fmt: skip
    yield of_property(
        "c15", "", "infinities are printed as the largest number", "scalar that is no number",
        round_trips.relay_text(), (lossless, "_digits", _no_specials), around=SCALARS,
    )  # fmt: skip
    right = sources_keep_meaning()
    yield Bug(
        "c16", "", "a codemod rewrites names that an import gives elsewhere", "shadowed import", right,
        wrong_property(right, (names._Collector, "_record", _by_text)),
    )  # fmt: skip
