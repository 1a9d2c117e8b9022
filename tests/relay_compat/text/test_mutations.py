"""No text makes the readers fail with anything but a diagnostic: real texts and modules, damaged at random."""

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from relay_compat.json.reader import load_json
from relay_compat.text.parser import parse
from tensor_core.diagnostics import DiagnosticError, render

PRINTED = json.loads(Path(__file__).with_name("printed.json").read_text())
TEXTS = sorted(PRINTED["modules"].values())
_MARKS = '( ) { } [ ] , ; = => -> : . ? _ - / * " \\ /* */ // 0x \xe9 \u0663 \xb2 \x00 \ud800'
_VALUES = "%0 %x @main 1 -1 1f .0 1e999f64 nanf inff 99999999999999999999 %input:0 %a.b.c True None int32"
_WORDS = "let if fn match( ref( def type extern free_var add( nn.softmax( axis= Tensor[( Tensor[(2),float32]"
_META = "meta[relay.Constant][0] meta[x][y] #[metadata]"
FRAGMENTS = [part for line in (_MARKS, _VALUES, _WORDS, _META) for part in line.split(" ")]


def damaged(text: str, random: random.Random) -> str:
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        start = random.randrange(len(text) + 1)
        end = min(len(text), start + random.choice((1, 1, 2, 5, 20, 200)))
        match random.randrange(6):
            case 0:
                text = text[:start]
            case 1:
                text = text[:start] + text[end:]
            case 2:
                text = text[:start] + random.choice(FRAGMENTS) + text[start:]
            case 3:
                text = text[:start] + random.choice(FRAGMENTS) + text[end:]
            case 4:
                text = text[:end] + text[start:]
            case _:
                text = text[:start] + chr(random.randrange(1, 256)) + text[start + 1 :]
    return text


def rewired(text: str, random: random.Random) -> str:
    """A JSON module with some of its references, numbers and lists changed."""
    module = json.loads(text)
    for _ in range(random.choice((1, 1, 2, 5))):
        node: dict[str, Any] = random.choice(module["nodes"])
        value = random.choice(("0", "1", "-1", "x", "1e9", str(random.randrange(len(module["nodes"])))))
        if isinstance(node.get("attrs"), dict):
            node["attrs"][random.choice(sorted(node["attrs"]))] = value
        elif node.get("data") and isinstance(node["data"], list):
            node["data"][random.randrange(len(node["data"]))] = random.choice((0, -1, random.randrange(300), None, "1"))
        else:
            node[random.choice(("type_key", "repr_str", "data", "keys"))] = random.choice(
                ("", "Array", "relay.Call", 5, [1])
            )
    return json.dumps(module)


def outcomes(read: Callable[[str], Any], cases: list[str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for case in cases:
        try:
            read(case)
        except DiagnosticError as error:
            counted[_checked(error)] += 1
        else:
            counted["read"] += 1
    return counted


def _checked(error: DiagnosticError) -> str:
    assert error.source is not None
    assert all(render(item, error.source) for item in error.diagnostics)
    return error.diagnostics[0].code.id


@pytest.mark.parametrize("seed", range(4))
def test_damaged_texts(seed: int) -> None:
    source = random.Random(seed)
    counted = outcomes(parse, [damaged(source.choice(TEXTS), source) for _ in range(500)])
    # All kinds of outcomes occur, so the damage reaches every stage.
    assert {"read", "R2R0101", "R2R0102", "R2R0103", "R2R0104", "R2R0106", "R2R0107"} <= set(counted)


@pytest.mark.parametrize("seed", range(2))
def test_damaged_json(seed: int) -> None:
    source = random.Random(seed)
    modules = [json.dumps(PRINTED["json"][name]) for name in sorted(PRINTED["json"])]
    cases = [damaged(source.choice(modules), source) for _ in range(150)]
    cases += [rewired(source.choice(modules), source) for _ in range(350)]
    assert {"read", "R2R0301", "R2R0304"} <= set(outcomes(load_json, cases))
