"""Real inputs damaged at random: texts by character and by token, JSON by character and by field, parameters by byte.

Half of the edits aim at programs that still parse: another name, number, element type or operator in place of one. Each
input is a function of its number alone.
"""

import json
import random
import re
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from odd_calls import odd_call

from relay_compat.params import save_params
from tensor_core.ops.registry import registry

_MARKS = '( ) { } [ ] , ; = => -> : . ? _ - / * " \\ /* */ // 0x \xe9 \u0663 \xb2 \x00 \ud800'
_VALUES = "%0 %x @main 1 -1 1f .0 1e999f64 nanf inff 99999999999999999999 %input:0 %a.b.c True None int32"
_WORDS = "let if fn match( ref( def type extern free_var add( nn.softmax( axis= Tensor[( Tensor[(2),float32]"
_META = "meta[relay.Constant][0] meta[x][y] #[metadata]"
FRAGMENTS = [part for line in (_MARKS, _VALUES, _WORDS, _META) for part in line.split(" ")]
_DTYPES = "float32 float64 float16 int8 int32 int64 uint8 bool int16 uint32 bfloat16 int1 float7 handle"
_NUMBERS = "0 1 2 3 4 5 7 8 16 32 64 -1 -2 1000000 2147483648 9223372036854775807 99999999999999999999 1f 2.5f"
DTYPES, NUMBERS = _DTYPES.split(), _NUMBERS.split()

_DTYPE = r"\b(?:float\d+|u?int\d+|bool)\b"
_TOKEN = re.compile(
    rf"/\*.*?\*/|(?P<variable>[%@]\w+)|(?P<dtype>{_DTYPE})|(?P<operator>[a-z_][\w.]*(?=\())|(?P<number>-?\b\d+\b)"
    r"|(?P<other>\w+=|[(),;\[\]{}])",
    re.DOTALL,
)
_WEIGHTS = {"variable": 6, "dtype": 6, "number": 4, "operator": 3, "other": 1}


# ---------------------------------------------------------------- texts


def damaged(text: str, source: random.Random) -> str:
    """A text with a few characters removed, doubled, or replaced by fragments of the language."""
    for _ in range(source.choice((1, 1, 1, 2, 4))):
        start = source.randrange(len(text) + 1)
        end = min(len(text), start + source.choice((1, 1, 2, 5, 20, 200)))
        match source.randrange(6):
            case 0:
                text = text[:start]
            case 1:
                text = text[:start] + text[end:]
            case 2:
                text = text[:start] + source.choice(FRAGMENTS) + text[start:]
            case 3:
                text = text[:start] + source.choice(FRAGMENTS) + text[end:]
            case 4:
                text = text[:end] + text[start:]
            case _:
                text = text[:start] + chr(source.randrange(1, 256)) + text[start + 1 :]
    return text


def retokened(text: str, source: random.Random) -> str:
    """A text in which a few tokens are others of their kind: most such texts still parse."""
    end = text.find("#[metadata]")
    found = list(_TOKEN.finditer(text, max(0, text.find("def ")), end if end > 0 else len(text)))
    tokens = {kind: [token for token in found if token.lastgroup == kind] for kind in _WEIGHTS}
    kinds = [kind for kind, weight in _WEIGHTS.items() for _ in range(weight) if tokens[kind]]
    chosen = (
        {source.choice(tokens[source.choice(kinds)]) for _ in range(source.choice((1, 1, 1, 2, 3)))} if kinds else ()
    )
    for token in sorted(chosen, key=lambda token: -token.start()):
        others = [other for other in _others(token, tokens["variable"]) if other != token[0]]
        text = text[: token.start()] + source.choice(others or [""]) + text[token.end() :]
    return text


def _others(token: re.Match[str], variables: list[re.Match[str]]) -> Sequence[str]:
    match token.lastgroup:
        case "variable":
            return [other[0] for other in variables if other[0][0] == token[0][0]]
        case "dtype":
            return DTYPES
        case "operator":
            return _operators()
        case "number":
            return NUMBERS
        case _:
            return ("axis=", "keepdims=", "dtype=") if token[0][-1] == "=" else (token[0] * 2, "", ",")


def _operators() -> list[str]:
    return sorted(registry().by_relay)


# ---------------------------------------------------------------- JSON


def rewired(text: str, source: random.Random) -> str:
    """A JSON module with some of its references, numbers and lists changed to anything."""
    module = json.loads(text)
    for _ in range(source.choice((1, 1, 2, 5))):
        node: dict[str, Any] = source.choice(module["nodes"])
        value = source.choice(("0", "1", "-1", "x", "1e9", str(source.randrange(len(module["nodes"])))))
        if isinstance(node.get("attrs"), dict):
            node["attrs"][source.choice(sorted(node["attrs"]))] = value
        elif node.get("data") and isinstance(node["data"], list):
            node["data"][source.randrange(len(node["data"]))] = source.choice((0, -1, source.randrange(300), None, "1"))
        else:
            node[source.choice(("type_key", "repr_str", "data", "keys"))] = source.choice(
                ("", "Array", "relay.Call", 5, [1])
            )
    return json.dumps(module)


def retyped(text: str, source: random.Random) -> str:
    """A JSON module in which a few fields hold others of their kind: most such modules can still be read."""
    module = json.loads(text)
    nodes: list[dict[str, Any]] = module["nodes"]
    places = {kind: [n for n, node in enumerate(nodes) if node["type_key"] == kind] for kind in _EDITS}
    kinds = [kind for kind in ("relay.Call", *_EDITS) if places[kind]]
    for _ in range(source.choice((1, 1, 2)) if kinds else 0):
        kind = source.choice(kinds)
        _EDITS[kind](nodes, source.choice(places[kind]), source)
    return json.dumps(module)


def _edit_call(nodes: list[dict[str, Any]], number: int, source: random.Random) -> None:
    arguments = nodes[int(nodes[number]["attrs"]["args"])]
    values = [n for n, node in enumerate(nodes) if node["type_key"] in ("relay.Var", "relay.Constant")]
    data = arguments.setdefault("data", [])
    match source.randrange(4):
        case 0 if data and values:
            data[source.randrange(len(data))] = source.choice(values)
        case 1 if data:
            data.pop(source.randrange(len(data)))
        case 2 if values:
            data.append(source.choice(values))
        case _:
            data.reverse()


def _edit_op(nodes: list[dict[str, Any]], number: int, source: random.Random) -> None:
    nodes[number]["repr_str"] = source.choice(_operators())


def _edit_number(nodes: list[dict[str, Any]], number: int, source: random.Random) -> None:
    nodes[number]["attrs"]["value"] = source.choice(NUMBERS[:-3])


def _edit_dtype(nodes: list[dict[str, Any]], number: int, source: random.Random) -> None:
    nodes[number]["attrs"]["dtype"] = source.choice(DTYPES)


def _edit_shape(nodes: list[dict[str, Any]], number: int, source: random.Random) -> None:
    shapes = [node["attrs"]["shape"] for node in nodes if node["type_key"] == "relay.TensorType"]
    nodes[number]["attrs"]["shape"] = source.choice(shapes)


def _edit_item(nodes: list[dict[str, Any]], number: int, source: random.Random) -> None:
    nodes[number]["attrs"]["index"] = source.choice(NUMBERS[:9])


_EDITS: dict[str, Callable[[list[dict[str, Any]], int, random.Random], None]] = {
    "relay.Call": _edit_call,
    "Op": _edit_op,
    "IntImm": _edit_number,
    "relay.TensorType": lambda *given: given[2].choice((_edit_dtype, _edit_shape))(*given),
    "relay.TupleGetItem": _edit_item,
}


# ---------------------------------------------------------------- parameters

_SHAPES = [(), (0,), (3,), (2, 3), (1, 2, 3, 4), (64,)]
_KINDS = ["float32", "float64", "float16", "int8", "int32", "int64", "uint8", "bool"]


def parameters(source: random.Random) -> bytes:
    """A parameter file of a few small arrays."""
    made = {
        f"p{n}.{source.choice(('weight', 'bias', 'é'))}": np.zeros(source.choice(_SHAPES), source.choice(_KINDS))
        for n in range(source.randrange(1, 5))
    }
    return save_params(made)


def flipped(data: bytes, source: random.Random) -> bytes:
    """Bytes with some changed, words replaced by extreme numbers, or a part cut out or doubled."""
    changed = bytearray(data)
    for _ in range(source.choice((1, 1, 2, 4))):
        place = source.randrange(len(changed) + 1)
        match source.randrange(5):
            case 0 if place < len(changed):
                changed[place] ^= 1 << source.randrange(8)
            case 1 if place < len(changed):
                changed[place] = source.choice((0, 1, 2, 4, 8, 127, 128, 255))
            case 2 if len(changed) >= 8:
                word = source.choice((0, 1, 1 << 31, 1 << 40, (1 << 63) - 1, (1 << 64) - 1))
                struct.pack_into("<Q", changed, source.randrange(len(changed) - 7), word)
            case 3:
                del changed[place : place + source.choice((1, 8, 100, 100_000))]
            case _:
                changed[place:place] = changed[: source.choice((1, 8, 24))]
    return bytes(changed)


# ---------------------------------------------------------------- the inputs

TEXT, TYPED_TEXT, CALLS = "text, characters", "text, tokens", "text, calls with odd operands and attributes"
JSON, TYPED_JSON, PARAMS = "JSON, any field", "JSON, fields by kind", "parameters, bytes"
MIX = (TYPED_TEXT,) * 8 + (TEXT,) * 3 + (CALLS,) * 2 + (TYPED_JSON,) * 5 + (JSON,) * 2 + (PARAMS,) * 2
"""What is damaged how, in these proportions."""


def mutated(number: int, texts: list[str], modules: list[str]) -> tuple[str, str | bytes]:
    """The damaged input of this number: how it was made, and it."""
    source = random.Random(number)
    kind = source.choice(MIX)
    if kind == TEXT:
        return kind, damaged(source.choice(texts), source)
    if kind == TYPED_TEXT:
        return kind, retokened(source.choice(texts), source)
    if kind == CALLS:
        return kind, odd_call(source)
    if kind == JSON:
        text = source.choice(modules)
        return kind, damaged(text, source) if source.random() < 0.3 else rewired(text, source)
    if kind == TYPED_JSON:
        return kind, retyped(source.choice(modules), source)
    return kind, flipped(parameters(source), source)


def hostile() -> dict[str, str]:
    """Inputs that end TVM's process or hang it, and their like."""
    header = '#[version = "0.0.5"]\n'
    float_type = "Tensor[(2), float32]"
    nested = 20_000
    cyclic = [
        {"type_key": ""},
        {"type_key": "Array", "data": [1]},
    ]
    fields = {"op": "1", "args": "2", "attrs": "0", "type_args": "0", "span": "0", "virtual_device_": "0"}
    call = {"type_key": "relay.Call", "attrs": fields | {"_checked_type_": "0"}}

    def document(*nodes: dict[str, Any], root: Any = 1) -> str:
        return json.dumps({"root": root, "nodes": [{"type_key": ""}, *nodes], "b64ndarrays": []})

    return {
        "20,000 nested parentheses": f"{header}def @main(%x: {float_type}) {{ {'(' * nested}%x{')' * nested} }}",
        "20,000 open parentheses": f"{header}def @main(%x: {float_type}) {{ {'(' * nested}",
        "20,000 nested calls": f"{header}def @main(%x: {float_type}) {{ {'negative(' * nested}%x{')' * nested} }}",
        "20,000 nested tuple types": f"{header}def @main(%x: {'(' * nested}int32{',)' * nested}) {{ %x }}",
        "20,000 nested attribute lists": f"{header}def @main(%x: int32) {{ reshape(%x, newshape={'[' * nested}",
        "20,000 open comments": header + "/*" * nested,
        "20,000 minus signs": f"{header}def @main() {{ {'-' * nested}1 }}",
        "a number of 100,000 digits": f"{header}def @main() {{ {'9' * 100_000} }}",
        "an unclosed string": f'{header}def @main(%x: int32, a="{"x" * 100_000}',
        "a shape of a million dimensions": f"{header}def @main(%x: Tensor[({'1, ' * 1_000_000}1), int8]) {{ %x }}",
        "a huge dimension": f"{header}def @main(%x: Tensor[({'9' * 50}), int8]) {{ add(%x, %x) }}",
        "JSON: an array in itself": json.dumps({"root": 1, "nodes": cyclic}),
        "JSON: a call of itself": document(call, {"type_key": "Array", "data": [1]}),
        "JSON: a reference out of range": document({**call, "attrs": {**call["attrs"], "op": "99999"}}),
        "JSON: a negative reference": document({"type_key": "Array", "data": [-1]}),
        "JSON: a root out of range": document(call, root=7),
        "JSON: 100,000 nested brackets": "[" * 100_000,
        "JSON: 20,000 nested arrays": document(
            *({"type_key": "Array", "data": [n + 2]} for n in range(nested)), {"type_key": "Array"}
        ),
        "JSON: 20,000 nested tuple types": document(
            *(
                node
                for n in range(nested)
                for node in (
                    {"type_key": "TupleType", "attrs": {"fields": str(2 * n + 2), "span": "0"}},
                    {"type_key": "Array", "data": [2 * n + 3]},
                )
            ),
            {"type_key": "TupleType", "attrs": {"fields": "0", "span": "0"}},
        ),
        "JSON: a constant that claims a terabyte": document(
            {"type_key": "relay.Constant", "attrs": {"data": "0", "span": "0", "virtual_device_": "0"}}
        ).replace('"b64ndarrays": []', '"b64ndarrays": ["' + _TERABYTE + '"]'),
    }  # fmt: skip


_TERABYTE = "P6G0lvBA3V0AAAAAAAAAAAEAAAAAAAAAAQAAAAIgAQAAAAAAQAAAAAAAAAAAAQAA"
