"""What recorded evidence says of a card and a spelling. Each check raises, whatever it is that does not fit."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import op_bounds
from recorded_ops import Call

from tensor_core.ops.card import REQUIRED, Field, Kind, OpCard, Reject, RelaxSpelling
from tensor_core.ops.spelling import relax_params, relax_written, relay_attrs, relay_params
from tensor_core.reference import evaluate

KINDS = {
    "str": {Kind.STR}, "runtime.String": {Kind.STR}, "str | None": {Kind.STR},
    "DataType": {Kind.DTYPE}, "dtype": {Kind.DTYPE}, "dtype | None": {Kind.DTYPE},
    "bool": {Kind.BOOL}, "int": {Kind.INT}, "int | None": {Kind.INT}, "PrimExpr": {Kind.INT},
    "IntImm": {Kind.INT, Kind.BOOL}, "ir.IntImm | None": {Kind.INT, Kind.BOOL},
    "double": {Kind.FLOAT}, "float": {Kind.FLOAT}, "FloatImm": {Kind.FLOAT}, "ir.FloatImm | None": {Kind.FLOAT},
    "Array": {Kind.INTS, Kind.FLOATS, Kind.NESTED_INTS}, "Array[int]": {Kind.INTS}, "Array[int] | None": {Kind.INTS},
    "Array[ir.FloatImm]": {Kind.FLOATS}, "Array[float]": {Kind.FLOATS},
    "runtime.Object": {Kind.INT_OR_INTS}, "Object": {Kind.INT_OR_INTS},
}  # fmt: skip
"""By C++ type as a release describes it: the kinds of attributes that it holds."""


def relay_signature(card: OpCard[Any], stated: dict[str, Any]) -> None:
    """The Relay spelling is what TVM states of the operator."""
    assert card.relay is not None
    assert len(card.inputs) == stated["arguments"]
    assert card.relay.attrs_type == stated["attrs_type"]
    assert card.relay.declared == stated["declared"]
    if stated["fields"] is None:
        return
    _same_fields(card.relay.fields, stated["fields"])
    for item, (_, described) in zip(card.relay.fields, stated["fields"], strict=True):
        assert _same_default(item, described), (item, described)


def relax_signature(spelling: RelaxSpelling, stated: dict[str, Any], most_operands: int) -> None:
    """The Relax spelling is what a release states; ``most_operands``: with how many of them it took a call."""
    # strided_slice is registered with one argument and takes up to five.
    assert len(spelling.operands) == max(stated["arguments"], most_operands)
    if stated["attrs_type"]:
        assert spelling.attrs_type == stated["attrs_type"]
        _same_fields(spelling.fields, stated["fields"])
    for item in spelling.fields:
        if item.default is not REQUIRED and item.name in stated["python_defaults"]:
            assert _plain(item.default) == _plain(stated["python_defaults"][item.name]), item


def _same_fields(fields: Iterable[Field], stated: list[list[str]]) -> None:
    assert [item.name for item in fields] == [name for name, _ in stated]
    for item, (_, described) in zip(fields, stated, strict=True):
        assert item.kind in KINDS.get(described.split(", default")[0], {item.kind}), (item, described)


def _same_default(item: Field, described: str) -> bool:
    """Whether a field's default is what TVM describes, such as ``int, default=1``."""
    match = re.search(r"default=(.*)$", described)
    if match is None:
        return item.default is REQUIRED
    text = re.sub(r"T\.\w+\(([^()]*)\)", r"\1", match[1]) if isinstance(item.default, tuple) else match[1]
    if item.kind is Kind.BOOL:
        return text in (("1", "T.bool(True)") if item.default else ("0", "T.bool(False)"))
    if item.kind is Kind.DTYPE:
        return text == (item.default or "void")
    if item.default is None or item.default == ():
        return text in ("(nullptr)", "[]", "None", "VirtualDevice(?)")
    if isinstance(item.default, tuple):
        return [float(part) for part in re.findall(r"-?\d+(?:\.\d+)?", text)] == list(item.default)
    return text == item.default if isinstance(item.default, str) else float(text) == item.default


def _plain(value: Any) -> Any:
    """A default without the ways to say the same: a list of one repeated number, None for an empty one."""
    if value in ((), [], "", "void"):
        return None
    values = set(value) if isinstance(value, (list, tuple)) else {value}
    return values.pop() if len(values) == 1 else value


def operands(call: Call, given: int) -> None:
    """A call that TVM took has every operand that may not be left out, and numbers in the order of the spelling."""
    if call.spelling is None or not call.is_taken:
        return
    optional = {item.name for item in call.card.inputs if item.optional}
    required = [item for item in call.spelling.operands if item.name not in optional and not item.optional]
    assert given >= len(required)


def type_(call: Call) -> None:
    """The inferred type is the recorded one; what TVM rejects is rejected."""
    if call.is_taken:
        assert call.infer() == call.type
        return
    assert call.failed, "refused, but TVM computes it"
    try:
        call.infer()
    except Reject:
        return
    raise AssertionError("accepted, unlike by TVM")


def values(call: Call) -> None:
    """The reference and the recorded results lie within the card's bound of the exact result."""
    params = call.params()
    ours = evaluate(call.card, params, call.args)
    for given in (ours, like(ours, call.results)):
        assert [leaf.dtype for leaf in flat((given,))] == [result.dtype for result in call.results]
        assert op_bounds.worst(call.card, params, call.args, call.types, given) <= 1


def wrong_values(call: Call) -> None:
    """What a release computes wrongly is not what we compute, and nothing is converted to such a call."""
    params = call.params()
    assert call.spelling is not None
    assert call.spelling.fits is not None
    assert call.spelling.fits(params, call.types, call.release) is not None
    ours = evaluate(call.card, params, call.args)
    same_dtypes = [leaf.dtype for leaf in flat((ours,))] == [result.dtype for result in call.results]
    assert not same_dtypes or op_bounds.worst(call.card, params, call.args, call.types, like(ours, call.results)) > 1


def round_trip(call: Call) -> None:
    """The call as the spelling writes its parameters means the same."""
    params = call.params()
    if call.spelling is None:
        written = relay_attrs(call.card, params, call.types)
        assert same_meaning(call, relay_params(call.card, written, call.types), params)
    elif not call.spelling.fits or call.spelling.fits(params, call.types, call.release) is None:
        assert same_meaning(call, there_and_back(call, call.spelling, params), params)


def there_and_back(call: Call, spelling: RelaxSpelling, params: Any) -> Any:
    """The parameters of the Relax call that says ``params``."""
    return relax_params(call.card, spelling, relax_written(spelling, params, call.types), call.types)


def same_meaning(call: Call, a: Any, b: Any) -> bool:
    """Whether two sets of parameters are equal, or at least give the same type and values for these arguments."""
    if a == b:
        return True
    types = call.types
    left, right = (evaluate(call.card, params, call.args) for params in (a, b))
    return call.card.infer(a, *types) == call.card.infer(b, *types) and _equal(left, right)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_equal, a, b))
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def flat(args: tuple[Any, ...]) -> list[np.ndarray]:
    """The arrays in nested tuples of arrays."""
    return [leaf for arg in args for leaf in (flat(arg) if isinstance(arg, tuple) else [arg])]


def like(ours: Any, results: list[np.ndarray]) -> Any:
    """Recorded results in the form of our own: an array, or a tuple."""
    return tuple(results) if isinstance(ours, tuple) else results[0]
