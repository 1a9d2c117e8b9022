"""Whatever is wrong with a text is a coded diagnostic with a place; never another exception."""

import random
import re
from pathlib import Path

import pytest

from relax_core.ir.expr import IRModule
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core.diagnostics import DiagnosticError, render

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "relax_text"

PARAMS = 'x: R.Tensor((2, 3), "float32"), c: R.Tensor((), "bool")'
HEAD = f"@I.ir_module\nclass Module:\n    @R.function\n    def main({PARAMS}):\n"


def fault(text: str, release: str | None = None) -> tuple[str, str]:
    """The code and the place of the diagnostic."""
    with pytest.raises(DiagnosticError) as caught:
        read(text, "model.py", release)
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.span is not None
    assert caught.value.source is not None
    assert "^" in render(diagnostic, caught.value.source)
    return diagnostic.code.id, str(diagnostic.span)


OUT_OF_SCOPE = ("R2R0103", "9:16")
BODIES = {
    "return R.nn.relu(y)": ("R2R0103", "5:26"),
    "return cls.f(x)": ("R2R0101", "5:16"),
    "return Module.f(x)": ("R2R0103", "5:16"),
    "y = R.vendor.op(x)\n        return y": ("R2R0104", "5:13"),
    "y = R.add(x)\n        return y": ("R2R0201", "5:13"),
    "y = R.nn.relu(x, x, x)\n        return y": ("R2R0201", "5:13"),
    "y = R.matmul(x, x)\n        return y": ("R2R0202", "5:13"),
    'y: R.Tensor((3,), "float32") = R.nn.relu(x)\n        return y': ("R2R0202", "5:12"),
    'y = R.nn.softmax(x, axis="last")\n        return y': ("R2R0105", "5:34"),
    "y = R.nn.softmax(x, colour=1)\n        return y": ("R2R0105", "5:36"),
    'y = R.astype(x, "float33")\n        return y': ("R2R0108", "5:25"),
    'y = R.const("word", "float32")\n        return y': ("R2R0108", "5:21"),
    'y = R.const([[1], [1, 2]], "int32")\n        return y': ("R2R0108", "5:13"),
    "y = metadata[\"ir.GenericConst\"][0]\n        return y": ("R2R0107", "5:13"),
    "y = x[0]\n        return y": ("R2R0202", "5:13"),
    "t = (x, x)\n        return t[2]": ("R2R0202", "6:18"),
    "for i in range(2):\n            y = x\n        return x": ("R2R0112", "5:9"),
    "y = [i for i in x]\n        return y": ("R2R0112", "5:13"),
    "y = __import__('os').system('true')\n        return y": ("R2R0101", "5:13"),
    "y = x if c else x\n        return y": ("R2R0112", "5:13"),
    "if c:\n            y = x\n        return y": ("R2R0101", "5:9"),
    "if c:\n            y = x\n        else:\n            z = x\n        return x": ("R2R0101", "5:9"),
    "with R.dataflow():\n            y = x\n        return y": ("R2R0103", "7:16"),
    "with R.dataflow():\n            y = R.nn.relu(x)\n            R.output(z)\n        return y": ("R2R0103", "7:13"),
    "with R.dataflow():\n            y = x\n            z = x\n            R.output(z)\n        return y": OUT_OF_SCOPE,
    "y = x": ("R2R0101", "5:9"),
    "return x\n        y = x": ("R2R0101", "6:9"),
    "R.nn.relu(x)\n        return x": ("R2R0101", "5:9"),
    "y = R.reshape(x, R.shape([m]))\n        return y": ("R2R0103", "5:35"),
    "y = R.reshape(x, R.shape([1.5]))\n        return y": ("R2R0202", "5:35"),
    "y = R.hint_on_device(x, 1)\n        return y": ("R2R0101", "5:13"),
    "y = R.hint_on_device(x, R.device(1, -1))\n        return y": ("R2R0108", "5:33"),
    'y = R.to_vdevice(x, "llvm:0")\n        return y': ("R2R0103", "5:29"),
    "y = R.emit_te(lambda a: a, x)\n        return y": ("R2R0112", "5:13"),
    f"return {'(' * 250}x{')' * 250}": ("R2R0111", None),
    f"return {'R.nn.relu(' * 100}x{')' * 100}": ("R2R0111", None),
    f"return {'-' * 100_000}x": ("R2R0111", None),
    "return x + 1": ("R2R0202", None),
    "x": ("R2R0101", "5:9"),
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=[re.sub(r"\W+", "_", body)[:40] for body in BODIES])
def test_faults_of_a_body(body: str):
    code, place = BODIES[body]
    found, where = fault(f"{HEAD}        {body}\n")
    assert found == code
    if place:
        assert where == f"model.py:{place}"


TEXTS = {
    "": "R2R0110",
    "x = 1": "R2R0112",
    "\x00": "R2R0101",
    "class Module:\n    pass": "R2R0110",
    "@I.ir_module\nclass A:\n    pass\n@I.ir_module\nclass B:\n    pass": "R2R0109",
    HEAD + "        return (x": "R2R0102",
    HEAD: "R2R0102",
    HEAD + "        return x\n" + HEAD.split("class Module:\n")[1] + "        return x\n": "R2R0109",
    "@R.function\ndef main(x):\n    return x": "R2R0101",
    "@R.function\ndef main(x: R.Tensor((2,)), x: R.Tensor((2,))):\n    return x": "R2R0109",
    "@R.function\ndef main(*x: R.Object):\n    return x": "R2R0112",
    "@R.function(hot=True)\ndef main(x: R.Object):\n    return x": "R2R0101",
    "def main(x: R.Object):\n    return x": "R2R0101",
    "@R.function\ndef main(x: int):\n    return x": "R2R0101",
    "@R.function\ndef main(x: R.Tensor((2,), 'float32', vdevice='llvm:0')):\n    return x": "R2R0103",
    "@R.function\ndef main(x: R.Tensor(('n +',))):\n    return x": "R2R0101",
    "@R.function\ndef main(x: R.Tensor((2,))) -> R.Shape([2]):\n    return x": "R2R0202",
    "@R.function\ndef main(x: R.Any):\n    return R.call_packed('f', x, sinfo_args=(R.Any,))": "R2R0113",
    "@I.ir_module\nclass Module:\n    I.module_global_infos({'vdevice': [1]})": "R2R0101",
    "@I.ir_module\nclass Module:\n    I.module_global_infos({'vdevice': [I.vdevice(x)]})": "R2R0103",
    "@I.ir_module\nclass Module:\n    I.module_global_infos([])": "R2R0101",
    "@R.function\ndef main(x: R.DTensor((2,), 'float32', 'mesh[0]', 'S[0]')):\n    return x": "R2R0103",
    "metadata = load()": "R2R0107",
}


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_faults_of_a_text(text: str):
    assert fault(text)[0] == TEXTS[text]


def test_a_keyword_of_the_other_release_is_not_taken_for_an_attribute():
    text = "@R.function(pure=False)\ndef main(x: R.Object):\n    return R.call_packed('f', x, sinfo_args=(R.Object,))\n"
    assert fault(text, "0.27")[0] == "R2R0105"
    assert read(text, release="0.19")


def test_columns_count_characters():
    text = '@R.function\ndef main(x: R.Object):\n    return (R.str("äöü"), y)\n'
    assert fault(text) == ("R2R0103", "model.py:3:27")


def test_an_unknown_release_is_refused():
    with pytest.raises(DiagnosticError) as caught:
        read("", release="0.18")
    assert caught.value.diagnostics[0].code.id == "R2R0405"


# ---- mutations

CHARACTERS = "()[]{},:=\"'0123456789-*/.nxRT\n \t\x00é@#%!"
NUMBERS = [
    "0",
    "-1",
    "1.5",
    "9" * 23,
    "True",
    "None",
    '"x"',
    "1e400",
    "n",
    "()",
    "[1, 2]",
    "3j",
    'b"a"',
    'float("nan")',
]
NAMES = [
    "x", "y", "n", "R", "T", "I", "cls", "Module", "lambda", "None", "T.int64", "R.Tensor", "R.const", "R.add",
    "R.Tuple", '"s"', "float32", "...", "R.reshape", "R.nn.relu", "f", "R.shape", "R.split", "R.concat", "R.match_cast",
]  # fmt: skip
TOKENS = re.compile(r"\w+|\s+|[^\w\s]")
KEPT = {"from", "import", "class", "def", "return", "if", "else", "with"}


def mutate(text: str, rng: random.Random) -> str:
    kind = rng.randrange(8)
    place = rng.randrange(len(text))
    if kind == 0:
        return text[:place]
    if kind == 1:
        return text[:place] + rng.choice(CHARACTERS) + text[place:]
    if kind == 2:
        lines = text.split("\n")
        a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
        return "\n".join(lines)
    tokens = TOKENS.findall(text)
    if kind == 3:
        del tokens[rng.randrange(len(tokens))]
    elif kind < 6:
        numbers = [n for n, token in enumerate(tokens) if token.isdigit()]
        if numbers:
            tokens[rng.choice(numbers)] = rng.choice(NUMBERS)
    else:
        names = [n for n, token in enumerate(tokens) if token.isidentifier() and token not in KEPT]
        if names:
            tokens[rng.choice(names)] = rng.choice(NAMES)
    return "".join(tokens)


def printed(module: IRModule, release: str) -> bool:
    """Whether a module prints, or is refused for what the release cannot say."""
    try:
        return bool(print_module(module, release))
    except DiagnosticError as error:
        return error.diagnostics[0].code.id in ("R2R0406", "R2R0407")


@pytest.mark.parametrize("seed", range(50))
def test_mutations(seed: int):
    """Twenty mutants each; some read, and what reads prints."""
    rng = random.Random(seed)
    paths = sorted(path for path in GOLDEN.glob("*/*.txt") if path.stem != "operators")
    faults = 0
    for _ in range(20):
        path = rng.choice(paths)
        text = mutate(path.read_text(), rng)
        try:
            module = read(text, "mutant.py", rng.choice([None, path.parent.name]))
        except DiagnosticError as error:
            faults += 1
            for diagnostic in error.diagnostics:
                assert diagnostic.span is not None
                render(diagnostic, error.source)
            continue
        assert printed(module, path.parent.name)
    assert faults > 5
