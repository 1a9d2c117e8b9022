"""Relay texts of one call with operands and attributes that few programs have. Most are ill-typed."""

import random

from tensor_core.ops.card import REQUIRED, Kind, RelaySpelling
from tensor_core.ops.registry import Card, registry

_SHAPE_WORDS = (
    "() (4) (0) (2,3) (3,3) (0,4) (?,3) (1,2,3,4) (?,?,?,?) (1,4,8,8) (4,4,3,3) (1,2,8,8,4) (1,2,3,4,5) "
    "(1000000,1000000,1000000) (9223372036854775807)"
)
_DTYPE_WORDS = "float32 int32 float32 int32 int64 bool int8 uint8 float16 float64 bfloat16"
_INT_WORDS = "0 1 2 3 7 -1 -2 1000000 -1000000 2147483648 9223372036854775807 99999999999999999999"
_LIST_WORDS = (
    "[] [0] [1] [1,1] [2,2] [-1] [0,-1] [-1,-1] [1,2,3] [1,1,1,1] [0,0,0,0] [1000000,1000000] [-4,1,-1] "
    "[9223372036854775807] [[1,1],[1,1]] [[0,0]] [[]] [?] [-3] [-2] [100,100]"
)
_TEXT_WORDS = (
    "NCHW NHWC OIHW HWIO NCHW4c NCW NCDHW NCHWW N4n H linear constant float32 int32 bool clip wrap valid update both "
    "values indices mean ij,jk->ik ii->i -> ...i x"
)
_SHAPES, _DTYPES, _INTS, _LISTS, _TEXTS = (
    words.split(" ") for words in (_SHAPE_WORDS, _DTYPE_WORDS, _INT_WORDS, _LIST_WORDS, _TEXT_WORDS)
)
_FLOATS = ["0f", "1f", "-1f", "1e38f", "nanf", "inff", "0.5f"]
_OTHER = ["None", "True", "%x0", '""', "meta[a][0]"]
_STRINGS = [f'"{text}"' for text in _TEXTS]
_VALUES = {
    Kind.INT: _INTS, Kind.FLOAT: _FLOATS, Kind.BOOL: ["True", "False"], Kind.STR: _STRINGS, Kind.DTYPE: _STRINGS,
    Kind.INTS: _LISTS, Kind.FLOATS: _LISTS, Kind.NESTED_INTS: _LISTS, Kind.INT_OR_INTS: _INTS + _LISTS,
}  # fmt: skip
_ANYTHING = [*_INTS, *_LISTS, *_STRINGS, *_FLOATS, *_OTHER]


def odd_call(source: random.Random) -> str:
    """A module whose @main is one call of any operator that a card knows."""
    known = registry().by_relay
    card = known[source.choice(sorted(known))]
    assert card.relay is not None
    types = [_type(source) for _ in range(_count(card, source))]
    if source.random() < 0.5:
        types = types[:1] * len(types)
    params = ", ".join(f"%x{n}: {kind}" for n, kind in enumerate(types))
    given = [*(f"%x{n}" for n in range(len(types))), *_attributes(card.relay, source)]
    return f'#[version = "0.0.5"]\ndef @main({params}) {{ {card.relay.name}({", ".join(given)}) }}'


def _count(card: Card, source: random.Random) -> int:
    return len(card.inputs) if source.random() < 0.7 else source.choice((0, 1, 2, 3, 4, 5))


def _type(source: random.Random) -> str:
    dtype, chance = source.choice(_DTYPES), source.random()
    tensor = f"Tensor[{source.choice(_SHAPES)}, {dtype}]"
    if chance < 0.03:
        return "fn(int32) -> int32"
    return f"({tensor}, Tensor[{source.choice(_SHAPES)}, {dtype}])" if chance < 0.1 else tensor


def _attributes(spelling: RelaySpelling, source: random.Random) -> list[str]:
    result: list[str] = []
    for field in spelling.fields:
        if field.default is REQUIRED or source.random() < 0.6:
            odd = source.random() < 0.1
            result.append(f"{field.name}={source.choice(_ANYTHING if odd else _VALUES.get(field.kind, _OTHER))}")
    return result
