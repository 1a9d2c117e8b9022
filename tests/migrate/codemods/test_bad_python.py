"""Whatever the bytes, the answer is a text or a coded diagnostic with a place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.codemods.driver import port_source
from migrate.codemods.source import MAX_DEPTH, decode
from tensor_core.diagnostics import DiagnosticError

N = 20_000


@pytest.mark.parametrize(
    "text",
    [
        "def f(:\n",
        "x = (1,\n",
        "print 'two'\n",
        "if a:\nb\n",
        "x = '\n",
        "x = 1\0",
        "(" * N + ")" * N,
        "[" * 150 + "]" * 150,
        "x = " + "-" * N + "1",
        "x = " + "not " * N + "1",
        "x = " + "+".join("a" * N),
        "x = a" + ".b" * N,
        "x = a" + "()" * N,
        "x = " + "lambda: " * N + "1",
        "if a: pass\n" + "elif a: pass\n" * N,
        "".join(" " * n + "if a:\n" for n in range(120)) + " " * 120 + "pass\n",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        port_source(text, "bad.py")
    (told,) = caught.value.diagnostics
    assert told.code.id == "R2R0801"
    assert told.hint


def test_syntax_errors_have_a_place() -> None:
    with pytest.raises(DiagnosticError) as caught:
        port_source("a = 1\nb = = 2\n", "bad.py")
    assert str(caught.value.diagnostics[0].span) == "bad.py:2:5"


def test_depth_below_the_limit_is_taken() -> None:
    links = MAX_DEPTH - 10
    source = f"from tvm import relax, relay\n\nx = {'-' * links}relay.nn.batch_matmul(a, b, transpose_b=False)\n"
    assert port_source(source, "deep.py").text.endswith("-relax.op.matmul(a, b)\n")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"a = 1\nb = '\xff'\n", "bad.py:2:6"),
        (b"\xff\xfea\x00", "bad.py:1:1"),
        (b"# coding: nonsense\n", "bad.py:1:1"),
        (b"# coding: ascii\n'\xc3\xa4'\n", "bad.py:2:2"),
    ],
)
def test_undecodable_bytes_are_refused(data: bytes, place: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        decode(data, "bad.py")
    assert caught.value.diagnostics[0].code.id == "R2R0801"
    assert str(caught.value.diagnostics[0].span) == place


@pytest.mark.parametrize("data", ["ä = 1\r\n".encode(), b"# coding: latin-1\n'\xe4'\n", "\ufeffx = 1\n".encode()])
def test_declared_encodings_come_back(data: bytes) -> None:
    text, encoding = decode(data, "good.py")
    assert port_source(text, "good.py").text.encode(encoding) == data


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    try:
        text, _ = decode(data, "any.py")
        result = port_source(text, "any.py").text
    except DiagnosticError as error:
        told = [item.code.id for item in error.diagnostics]
    else:
        told = ["R2R0801"] if result == text else []
    assert told == ["R2R0801"]
