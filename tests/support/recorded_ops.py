"""The recorded evidence on operators (tests/corpus/ops): calls as TVM took them, with the types and values it gave."""

import functools
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from tensor_core import dtypes, shapes
from tensor_core.loops.from_card import lower_card
from tensor_core.loops.nodes import PrimFunc
from tensor_core.ops.card import REQUIRED, Carrier, Kind, OpCard, Reject, RelaxSpelling
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import complete, relax_params, relay_params
from tensor_core.prim import Var
from tensor_core.shapes import ANY, Dim
from tensor_core.types import TensorType, TupleType, Type, tensor_type_of

DIRECTORY = Path(__file__).resolve().parent.parent / "corpus" / "ops"
SOURCES = (("relay", "0.19"), ("relax", "0.19"), ("relax", "0.27"))


@dataclass
class Call:
    """One recorded call, its card, and its operands as the card takes them."""

    family: str
    number: int
    side: str
    release: str
    op: str
    card: OpCard[Any]
    spelling: RelaxSpelling | None
    attrs: dict[str, Any]
    args: tuple[Any, ...]
    type: Type | None
    results: list[np.ndarray]
    failed: str | None
    written: dict[str, Any] = field(default_factory=dict)
    stated: tuple[Type, ...] = ()
    """The argument types as the program states them, which may leave dimensions open."""
    refused: str | None = None
    """Why we take no such call although the release infers a type, which its own kernel contradicts."""

    @property
    def types(self) -> list[Type]:
        return [_type_of(arg) for arg in self.args]

    def params(self, types: Sequence[Type] = ()) -> Any:
        """The card's parameters of this call; Reject where it makes no sense."""
        types = types or self.types
        if self.spelling is None:
            assert self.card.relay is not None
            return relay_params(self.card, complete(self.card.relay.fields, self.attrs), types)
        # Relax's Python functions take a number where the operator holds a list of one.
        listed = {item.name for item in self.spelling.fields if item.kind is Kind.INTS}
        attrs = {key: (v,) if key in listed and isinstance(v, int) else v for key, v in self.attrs.items()}
        functions = {item.name: item.python for item in self.spelling.fields if item.python is not REQUIRED}
        attrs = complete(self.spelling.fields, {**functions, **attrs})
        return relax_params(self.card, self.spelling, {**attrs, **self.written}, types)

    @property
    def is_taken(self) -> bool:
        """Whether the release and we take the call."""
        return self.failed != "infer" and not self.refused

    def infer(self) -> Type:
        return self.card.infer(self.params(self.stated), *self.stated)

    def __str__(self) -> str:
        return f"{self.family}-{self.side}-{self.release}-{self.number}-{self.op}"


@functools.cache
def tables(side: str, release: str) -> dict[str, dict[str, Any]]:
    """By family: the recorded rows and signatures of one release."""
    files = sorted(DIRECTORY.glob(f"*/{side}-{release}.json"))
    return {file.parent.name: json.loads(file.read_text()) for file in files}


@functools.cache
def arrays(family: str, side: str, release: str) -> list[tuple[list[np.ndarray], list[np.ndarray]]]:
    """The inputs and outputs of every row."""
    with np.load(DIRECTORY / family / f"{side}-{release}.npz", allow_pickle=False) as found:
        data = found["data"].tobytes()
    position = 0

    def take(stated: list[Any]) -> list[np.ndarray]:
        nonlocal position
        taken = []
        for shape, dtype in stated:
            array = np.frombuffer(data, dtypes.to_numpy(dtype), math.prod(shape), position).reshape(shape)
            position += array.nbytes
            taken.append(array)
        return taken

    rows = tables(side, release)[family]["rows"]
    result = [(take(row["inputs"]), take(row.get("outputs", []))) for row in rows]
    assert position == len(data)
    return result


@dataclass(frozen=True)
class Record:
    """One recorded row and where it stands."""

    family: str
    side: str
    release: str
    number: int
    row: dict[str, Any]

    def tell(self, card: OpCard[Any], spelling: RelaxSpelling | None) -> Call:
        """The call as a card and a spelling read it."""
        return _call(self.family, self.side, self.release, self.number, self.row, card, spelling)


def records() -> Iterator[Record]:
    """Every recorded row."""
    for side, release in SOURCES:
        for family, table in tables(side, release).items():
            for number, row in enumerate(table["rows"]):
                yield Record(family, side, release, number, row)


def calls() -> Iterator[Call]:
    """Every recorded call whose operator has a card and a spelling in that release."""
    for record in records():
        found = _spelled(record.side, record.release, record.row["op"])
        if found is not None:
            yield record.tell(*found)


def evidence() -> dict[str, list[str]]:
    """By card: the sources that computed results of calls of it."""
    found: dict[str, list[str]] = {}
    for call in calls():
        sources = found.setdefault(call.card.name, [])
        name = f"{call.side.capitalize()} {call.release}"
        if call.failed is None and name not in sources:
            sources.append(name)
    return {name: sources for name, sources in found.items() if sources}


def signatures(side: str, release: str) -> dict[str, dict[str, Any]]:
    """By operator: its arguments and attributes as the release states them."""
    return {op: stated for table in tables(side, release).values() for op, stated in table["signatures"].items()}


def most_operands(side: str, release: str, op: str) -> int:
    """With how many operands TVM took a call of an operator."""
    rows = [row for table in tables(side, release).values() for row in table["rows"] if row["op"] == op]
    return max((len(row["operands"]) for row in rows if row.get("failed") != "infer"), default=0)


def _spelled(side: str, release: str, op: str) -> tuple[OpCard[Any], RelaxSpelling | None] | None:
    if side == "relax":
        return registry().relax_spelling(f"relax.{op}", release)
    card = registry().by_relay.get(op)
    return (card, None) if card else None


def _call(
    family: str,
    side: str,
    release: str,
    number: int,
    row: dict[str, Any],
    card: OpCard[Any],
    spelling: RelaxSpelling | None,
) -> Call:
    inputs, outputs = arrays(family, side, release)[number]
    tensors: list[Any] = []
    written: dict[str, Any] = {}
    for n, operand in enumerate(row["operands"]):
        if not _is_tensor(operand):
            assert spelling is not None
            if spelling.operands[n].carrier is Carrier.NUMBER:
                tensors.append((n, np.asarray(operand["scalar"], operand["dtype"])))
                continue
            written[spelling.operands[n].name] = _written(operand)
        else:
            tensors.append((n, _value(operand, inputs)))
    if spelling is not None:
        by_name = {spelling.operands[n].name: value for n, value in tensors}
        assert all(
            item.carrier in (Carrier.TENSOR, Carrier.NUMBER) for item in spelling.operands if item.name in by_name
        )
        args = tuple(by_name[item.name] for item in card.inputs if item.name in by_name)
        stated = tuple(map(_type_of, args))
    else:
        args = tuple(value for _, value in tensors)
        stated = tuple(_stated(operand, inputs) for operand in row["operands"])
    return Call(
        family, number, side, release, row["op"], card, spelling, _tuples(row["attrs"]), args,
        _parse_type(row["type"]) if "type" in row else None,
        outputs, row.get("failed"), written, stated, row.get("refused"),
    )  # fmt: skip


def _is_tensor(operand: dict[str, Any]) -> bool:
    return not ("shape" in operand or "scalar" in operand or _is_scalars(operand))


def _is_scalars(operand: dict[str, Any]) -> bool:
    return "tuple" in operand and all("scalar" in item for item in operand["tuple"])


def _stated(operand: dict[str, Any], inputs: list[np.ndarray]) -> Type:
    if "tuple" in operand:
        return TupleType(tuple(_stated(item, inputs) for item in operand["tuple"]))
    found = tensor_type_of(_value(operand, inputs))
    return TensorType(_open(operand.get("dims", found.shape)), found.dtype)


def _open(dims: Sequence[Any]) -> tuple[Dim, ...]:
    return tuple(ANY if dim is None else dim for dim in dims)


def _written(operand: dict[str, Any]) -> Any:
    if "tuple" in operand:
        return tuple(item["scalar"] for item in operand["tuple"])
    return tuple(operand["shape"]) if "shape" in operand else operand["scalar"]


def _value(operand: dict[str, Any], inputs: list[np.ndarray]) -> Any:
    if "tuple" in operand:
        return tuple(_value(item, inputs) for item in operand["tuple"])
    return inputs[operand["tensor"] if "tensor" in operand else operand["constant"]]


def _tuples(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"initial", "final"}:
        return index_map(value["initial"], value["final"])
    if isinstance(value, dict) and set(value) == {"values", "dtype"}:
        return np.asarray(value["values"], value["dtype"])
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def index_map(initial: str, final: str) -> Any:
    """A map of indices from its texts, as attributes hold it."""
    names = {name.strip(): Var(name.strip()) for name in initial.split(",")}
    made: Any = eval(final, {"__builtins__": {}}, dict(names))  # noqa: S307 (a text of our own rows)
    ends = made if isinstance(made, tuple) else (made,)
    return SimpleNamespace(initial_indices=tuple(names.values()), final_indices=tuple(map(shapes.as_expr, ends)))


def _parse_type(item: Any) -> Type:
    if isinstance(item, dict):
        return TupleType(tuple(_parse_type(part) for part in item["tuple"]))
    dims, dtype = item
    return TensorType(_open(dims), dtype)


def _type_of(value: Any) -> Type:
    return TupleType(tuple(map(_type_of, value))) if isinstance(value, tuple) else tensor_type_of(value)


def kernel(call: Call) -> PrimFunc | None:
    """The call's kernel: one for all operands or, where it depends on sizes and scales, for those of the call.

    None where the card states none, and where the sizes of the results depend on what is found in the data.
    """
    if call.card.lower is None and call.card.expand is None:
        return None
    for known in ({}, dict(enumerate(call.args))):
        try:
            return lower_card(call.card, call.params(), call.types, known=known)
        except Reject as reject:
            told = reject.message
    assert call.card.name in FINDS, told
    return None


FINDS = {"vision.all_class_non_max_suppression"}
"""Cards that have a kernel for some calls only, as the data decides how much others find."""


def rejected(call: Call) -> bool:
    """Whether the card refuses the call."""
    try:
        call.infer()
    except Reject:
        return True
    return False
