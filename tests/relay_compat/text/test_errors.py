"""Bad text is refused with a code, the exact place, and a line that shows it."""

import pytest

from relay_compat.text.parser import parse
from tensor_core.diagnostics import DiagnosticError, render
from tensor_core.limits import Limits

HEADER = '#[version = "0.0.5"]\n'
X = "%x: Tensor[(2, 2), float32]"

# What stands behind the header; the code; line:column; a part of the message; a part of the hint.
CASES = [
    ("", "R2R0106", "1:1", "does not start with a version", "first line"),
    ('#[version = "0.0.4"]', "R2R0106", "1:1", "not of version 0.0.5", ""),
    (f"{HEADER}def @main({X}) {{ nn.relu(%x", "R2R0102", "2:52", "expected ',' or ')'", "cut off"),
    (f"{HEADER}def @main({X}) {{ nn.relu(%x) ", "R2R0102", "2:54", "expected '}'", ""),
    (f"{HEADER}def @main({X}) {{ nn.relo(%x) }}", "R2R0104", "2:42", "unknown operator nn.relo", "nn.relu"),
    (f"{HEADER}def @main({X}) {{ nn.relu(%y) }}", "R2R0103", "2:50", "undefined variable %y", "%x"),
    (f"{HEADER}def @main({X}) {{ @mian(%x) }}", "R2R0103", "2:42", "undefined function @mian", "@main"),
    (f"{HEADER}def @main({X}) {{ add(%x, %0) }}", "R2R0103", "2:50", "undefined variable %0", "before"),
    (f"{HEADER}def @main(%x: Tensr[(2), float32]) {{ %x }}", "R2R0103", "2:15", "undefined type Tensr", "Tensor"),
    (f"{HEADER}def @main(%x: Tensor[(2), float23]) {{ %x }}", "R2R0101", "2:15", "unknown element type", "float"),
    (f"{HEADER}def @main({X}) {{ nn.softmax(%x, axes=1) }}", "R2R0105", "2:57", "no attribute axes", "axis"),
    (f'{HEADER}def @main({X}) {{ nn.softmax(%x, axis="a") }}', "R2R0105", "2:57", "must be of kind int", ""),
    (f"{HEADER}def @main({X}) {{ nn.relu(%x, axis=1) }}", "R2R0105", "2:54", "takes no attributes", ""),
    (f"{HEADER}def @main({X}) {{ 1.5 }}", "R2R0108", "2:42", "1.5 is no integer", ""),
    (f"{HEADER}def @main({X}) {{ 99999999999999999999 }}", "R2R0108", "2:42", "does not fit 64 bits", ""),
    (f"{HEADER}def @main({X}) {{ 1e60f }}", "R2R0108", "2:42", "does not fit float32", ""),
    (f"{HEADER}def @main({X}) {{ meta[relay.Constant][0] }}", "R2R0107", "2:42", "no metadata of kind", ""),
    (f"{HEADER}def @main({X}) {{ %x }} garbage", "R2R0101", "2:47", "expected a definition", ""),
    (f"{HEADER}def @main({X}) {{ %x }} \x00", "R2R0101", "2:47", "unreadable character", ""),
    (f"{HEADER}type T {{ A, A, }}", "R2R0109", "2:13", "constructor A is defined twice", ""),
    (f"{HEADER}def @main({X}) {{ /* no end", "R2R0102", "2:42", "never closed", "*/"),
    (f"{HEADER}def @main({X}) {{ nn.relu(%x, %x) }}", "R2R0201", "2:42", "", ""),
    (f"{HEADER}def @main({X}) {{ nn.dense(%x, 1f, units=2) }}", "R2R0202", "2:", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "place", "message", "hint"), CASES)
def test_refusals(text: str, code: str, place: str, message: str, hint: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        parse(text, "model.relay")
    (first, *_) = caught.value.diagnostics
    shown = render(first, caught.value.source)
    assert first.code.id == code
    assert f"model.relay:{place}" in shown
    assert message in first.message
    assert hint in first.hint
    assert "^" in shown


def test_what_is_left_open_is_pointed_at() -> None:
    with pytest.raises(DiagnosticError) as caught:
        parse(f"{HEADER}def @main({X}) {{\n  nn.relu(%x\n}}", "model.relay")
    (note,) = caught.value.diagnostics[0].notes
    assert note[0] == "opened here"
    assert str(note[1]) == "model.relay:3:10"


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("(" * 20 + "1" + ")" * 20, Limits(depth=10)),
        ("fn (%x: " + "(" * 20 + ")" * 20 + ") { %x }", Limits(nesting=10)),
        ("nn.softmax(1f, axis=" + "[" * 20 + "]" * 20 + ")", Limits(nesting=10)),
        ("match (1) { " + "(" * 20 + "_" + ")" * 20 + " => 1 }", Limits(nesting=10)),
        ("1 + 1 + 1 + 1 + 1 + 1", Limits(nodes=5)),
        ("1 + 1 + 1 + 1 + 1 + 1", Limits(bytes=5)),
        ("fn (%x: Tensor[(1, 1, 1), float32]) { %x }", Limits(dims=2)),
    ],
)
def test_limits(text: str, limits: Limits) -> None:
    with pytest.raises(DiagnosticError) as caught:
        parse(f"{HEADER}def @main() {{ {text} }}", limits=limits)
    assert caught.value.diagnostics[0].code.id == "R2R0111"
    parse(f"{HEADER}def @main() {{ 1 }}", limits=Limits(nodes=20, depth=2, nesting=0, dims=0))
