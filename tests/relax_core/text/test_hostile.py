"""Scripts that mean harm: nothing of them is executed, and what nests too deep is refused with a code."""

import contextlib
import itertools
import random
import re
from pathlib import Path
from typing import Any

import pytest

from oracle import scripts
from relax_core.text.printer import print_module, print_node
from relax_core.text.reader import read, read_object
from tensor_core.diagnostics import DiagnosticError

HEAD = '@R.function\ndef main(x: R.Tensor((2,), "float32"), c: R.Tensor((), "bool")):\n'


def refusal(text: str, release: str | None = "0.27") -> str:
    with pytest.raises(DiagnosticError) as caught:
        read(text, release=release)
    (found, *_) = caught.value.diagnostics
    assert found.span is not None
    return found.code.id


TOUCH = "open({path!r}, 'w').close()"
PLACES = [
    HEAD + "    y = {code}\n    return y\n",
    HEAD + "    return {code}\n",
    HEAD + "    {code}\n    return x\n",
    HEAD + "    y = R.add(x, {code})\n    return y\n",
    HEAD + "    y: {code} = x\n    return y\n",
    HEAD + "    y = R.const({code})\n    return y\n",
    HEAD + '    y = R.str(f"{{{code}}}")\n    return y\n',
    HEAD + "    y = [{code} for i in x]\n    return y\n",
    HEAD + "    y = (z := {code})\n    return y\n",
    HEAD + "    y = x if {code} else x\n    return y\n",
    HEAD + "    R.func_attr({{'a': {code}}})\n    return x\n",
    HEAD + "    R.func_attr({{**{code}}})\n    return x\n",
    HEAD + "    R.add(*{code})\n    return x\n",
    HEAD + "    y = R.match_cast(x, {code})\n    return y\n",
    HEAD + "    with {code}:\n        y = x\n    return y\n",
    HEAD + "    for i in {code}:\n        y = x\n    return y\n",
    HEAD + "    assert {code}\n    return x\n",
    HEAD + "    y = (lambda: {code})()\n    return y\n",
    HEAD + "    y = R.layout_transform(x, index_map=lambda i: {code})\n    return y\n",
    "@{code}\ndef main(x: R.Object):\n    return x\n",
    "@R.function({code})\ndef main(x: R.Object):\n    return x\n",
    "@R.function(pure={code})\ndef main(x: R.Object):\n    return x\n",
    "@R.function\ndef main(x: {code}):\n    return x\n",
    "@R.function\ndef main(x: R.Object = {code}):\n    return x\n",
    "@R.function\ndef main(x: R.Object) -> {code}:\n    return x\n",
    '@R.function\ndef main(x: R.Tensor(("{quoted}",))):\n    return x\n',
    "{code}\n" + HEAD + "    return x\n",
    "a = {code}\n" + HEAD + "    return x\n",
    "n = TypeVar({code})\n" + HEAD + "    return x\n",
    "metadata = {code}\n" + HEAD + "    return x\n",
    "metadata = tvm.ir.load_json({code})\n" + HEAD + "    return x\n",
    "@I.ir_module({code})\nclass Module:\n    @R.function\n    def main(x: R.Object):\n        return x\n",
    "@I.ir_module\nclass Module({code}):\n    @R.function\n    def main(x: R.Object):\n        return x\n",
    "@I.ir_module\nclass Module(metaclass={code}):\n    @R.function\n    def main(x: R.Object):\n        return x\n",
    "@I.ir_module\nclass Module:\n    I.module_attrs({{'a': {code}}})\n    @R.function\n    def main(x: R.Object):\n"
    "        return x\n",
    "@I.ir_module\nclass Module:\n    I.module_global_infos({{'vdevice': [I.vdevice({code})]}})\n",
    "@I.ir_module\nclass Module:\n    x = {code}\n",
    "@T.prim_func\ndef f(A: T.Buffer((2,), 'float32')):\n    A[0] = {code}\n",
    "@T.prim_func\ndef f(A: T.Buffer(({code},), 'float32')):\n    A[0] = T.float32(1)\n",
    "@T.prim_func\ndef f(A: T.Buffer((2,), 'float32')):\n    T.func_attr({{'a': {code}}})\n",
]


@pytest.mark.parametrize("number", range(len(PLACES)))
def test_nothing_is_executed(number: int, tmp_path: Path):
    made = tmp_path / "made"
    for code in (TOUCH.format(path=str(made)), f"__import__('pathlib').Path({str(made)!r}).touch()"):
        text = PLACES[number].format(code=code, quoted=code.replace('"', "'"))
        assert refusal(text).startswith("R2R0")
        assert not made.exists()


def test_what_imports_say_is_not_imported():
    text = "import no_such_module\nfrom no_such_module.inner import thing as R\n" + HEAD + "    return x\n"
    assert read(text)


def nested(statement: str, count: int, last: str) -> str:
    lines = [f"{'    ' * (depth + 1)}{statement}" for depth in range(count)]
    return "\n".join([*lines, f"{'    ' * (count + 1)}{last}", ""])


LIMITS = {
    "calls": HEAD + "    return " + "R.nn.relu(" * 5000 + "x" + ")" * 5000 + "\n",
    "sums": HEAD + "    y = " + "x + " * 5000 + "x\n    return y\n",
    "signs": HEAD + "    y = " + "-" * 5000 + "x\n    return y\n",
    "negations": HEAD + "    y = " + "not " * 5000 + "x\n    return y\n",
    "attributes": HEAD + "    y = x" + ".a" * 50_000 + "\n    return y\n",
    "fields": HEAD + "    y = x" + "[0]" * 5000 + "\n    return y\n",
    "calls of calls": HEAD + "    y = x" + "()" * 5000 + "\n    return y\n",
    "tuples": HEAD + "    y = " + "(" * 150 + "x" + ",)" * 150 + "\n    return y\n",
    "branches": HEAD + nested("if c:", 1000, "y = x"),
    "functions": HEAD + nested("def f():", 1000, "return x"),
    "types": "@R.function\ndef main(x: " + "R.Tuple(" * 150 + "R.Object" + ")" * 150 + "):\n    return x\n",
    "dimensions": '@R.function\ndef main(x: R.Tensor(("' + "n + " * 3000 + 'n",))):\n    return x\n',
    "type parameters": "def a[" * 50_000,
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_nests_too_deep_is_refused(name: str):
    assert refusal(LIMITS[name]) == "R2R0111"


def test_long_programs_are_read_and_printed():
    names = ["x", *[f"y{number}" for number in range(5000)]]
    lines = [f"    {new} = R.add({old}, x)\n" for old, new in itertools.pairwise(names)]
    text = print_module(read(HEAD + "".join(lines) + f"    return {names[-1]}\n", release="0.27"))
    assert text.count("R.add(") == 5000


def test_many_type_parameters_are_read():
    names = ", ".join([f"n{number}" for number in range(20_000)])
    assert read(f"@R.function\ndef main[{names}](x: R.Object):\n    return x\n", release="0.27")


TOKENS = re.compile(r"\w+|\s+|[^\w\s]")
ODD = [
    "None", "-1", "1e400", '"x"', "R.Tensor", "T.int64()", "R.shape", "[]", "()", "{}", "lambda x: x", "*", "@", "x",
    'metadata["ir.GenericConst"][0]', '__import__("os")', 'f"{x}"', "(y := x)", "10**10**10", "9" * 30, '"n"', "if x:",
    "R.call_tir", "R.Tuple", "return x", "R.const", '"float32"', "...", 'b"x"', "1j", "yield x", "x.y.z", "x[:]",
    "R.match_cast", "I.vdevice", "R.func_attr", "\\", "é", "\x00", "R.nn", "del x", "class A: pass", "a, *b = x",
]  # fmt: skip


def mutant(text: str, rng: random.Random) -> str:
    tokens = TOKENS.findall(text)
    for _ in range(rng.randint(1, 3)):
        place, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        kind = rng.randrange(4)
        if kind == 0:
            tokens[place] = rng.choice(ODD)
        elif kind == 1:
            tokens[place], tokens[other] = tokens[other], tokens[place]
        elif kind == 2:
            tokens[place] = tokens[other]
        else:
            tokens.insert(place, rng.choice(ODD))
    return "".join(tokens)


@pytest.mark.parametrize("seed", range(20))
def test_mutants_read_or_are_refused(seed: int):
    rng = random.Random(seed)
    texts = list(scripts.snippets().values())
    spans: list[object] = []
    for _ in range(30):
        text, release = mutant(rng.choice(texts), rng), rng.choice(["0.19", "0.21", "0.25", "0.26", "0.27", None])
        try:
            found: Any = read_object(text, release=release)
        except DiagnosticError as error:
            spans += [item.span for item in error.diagnostics]
            continue
        for target in ("0.19", "0.27", "portable"):
            with contextlib.suppress(DiagnosticError):
                print_node(found, target, release)
    assert None not in spans
