"""A function is found under every name that reaches it, and the new module is reached from where the call stands."""

import pytest

from migrate.codemods.driver import Options, port_source

CALL = "matmul(q, relax.op.permute_dims(k, axes=[0, 2, 1]))"


@pytest.mark.parametrize(
    ("line", "callee"),
    [
        ("import tvm", "tvm.relay.nn.batch_matmul"),
        ("import tvm as t", "t.relay.op.nn.batch_matmul"),
        ("import tvm.relay", "tvm.relay.nn.batch_matmul"),
        ("import tvm.relay as r", "r.op.nn.nn.batch_matmul"),
        ("from tvm import relay", "relay.nn.batch_matmul"),
        ("from tvm import relay as r", "r.nn.batch_matmul"),
        ("from tvm.relay import nn", "nn.batch_matmul"),
        ("from tvm.relay import op as _op", "_op.nn.batch_matmul"),
        ("from tvm.relay.op.nn import batch_matmul", "batch_matmul"),
        ("from tvm.relay.op.nn.nn import batch_matmul as bmm", "bmm"),
    ],
)
def test_found_under_every_name(line: str, callee: str) -> None:
    result = port_source(f"{line}\n\nc = {callee}(q, k)\n", "names.py")
    start = "from tvm import relax" if callee.split(".")[0] not in ("tvm", "t") else line.replace("tvm.relay", "tvm")
    name = {"tvm": "tvm.relax", "t": "t.relax"}.get(callee.split(".")[0], "relax")
    assert result.text == f"{start}\n\nc = {name}.op.{CALL.replace('relax', name)}\n"


@pytest.mark.parametrize(
    "source",
    [
        "from torch import nn as relay\n\nc = relay.nn.batch_matmul(q, k)\n",
        "from . import relay\n\nc = relay.nn.batch_matmul(q, k)\n",
        "import tvm\n\nc = self.tvm.relay.nn.batch_matmul(q, k)\n",
        "from tvm import relay\n\nc = make().relay.nn.batch_matmul(q, k)\n",
        "from tvm import relay\n\n[relay.nn.batch_matmul(q, k) for relay in modules]\n",
        "from tvm import relay\n\nc = f(batch_matmul=1)\n",
    ],
)
def test_other_names_are_not_taken_for_it(source: str) -> None:
    result = port_source(source, "names.py")
    assert (result.text, result.refusals) == (source, ())


def test_import_goes_where_the_old_one_is() -> None:
    source = (
        "def f(q, k):\n    try:\n        from tvm import relay  # lazy\n    except ImportError:\n        raise\n"
        "    return relay.nn.batch_matmul(q, k)\n"
    )
    assert "    try:\n        from tvm import relax  # lazy\n    except" in port_source(source, "names.py").text


def test_one_import_serves_all_calls() -> None:
    source = "from tvm import relay\n\na = relay.nn.batch_matmul(q, k)\nb = relay.nn.batch_matmul(a, k)\n"
    assert port_source(source, "names.py").text.count("import relax") == 1


@pytest.mark.parametrize(
    ("known", "name"),
    [
        ("import tvm.relax as rx", "rx"),
        ("from tvm import relax as R, te", "R"),
        ("from tvm import relax", "relax"),
    ],
)
def test_an_import_that_is_there_is_used(known: str, name: str) -> None:
    text = port_source(f"{known}\nfrom tvm import relay\n\nc = relay.nn.batch_matmul(q, k)\n", "names.py").text
    assert f"c = {name}.op.matmul(q, {name}.op.permute_dims(" in text
    assert text.count("import") == 1
    assert "relay" not in text


@pytest.mark.parametrize(
    "source",
    [
        "from tvm import relay\n\n\ndef f(relax):\n    return relay.nn.batch_matmul(q, k)\n",
        "from tvm import relay\n\n\ndef f():\n    relax = 1\n    return relay.nn.batch_matmul(q, k)\n",
        "from tvm import relay\nfrom fork import relax\n\nc = relay.nn.batch_matmul(q, k)\n",
        "if old: from tvm import relay\nc = relay.nn.batch_matmul(q, k)\n",
    ],
)
def test_no_way_to_the_new_module_is_refused(source: str) -> None:
    result = port_source(source, "names.py")
    assert result.text == source
    assert [item.code.id for item in result.refusals] == ["R2R0802"]


def test_a_name_that_is_also_assigned_is_refused() -> None:
    source = "from tvm import relay\n\nif fork:\n    relay = fork.relay\nc = relay.nn.batch_matmul(q, k)\n"
    result = port_source(source, "names.py")
    assert result.text == source
    assert "more than one import" in result.refusals[0].message or "may also stand for" in result.refusals[0].message


def test_edits_inside_edits() -> None:
    source = (
        "from tvm import relax, relay\n\n"
        "c = (relay.nn.batch_matmul(relay.nn.batch_matmul(a, b, transpose_b=False), b))\n"
    )
    assert port_source(source, "names.py").text.endswith(
        "c = (relax.op.matmul(relax.op.matmul(a, b), relax.op.permute_dims(b, axes=[0, 2, 1])))\n"
    )


@pytest.mark.parametrize("release", ["0.8", "0.9", "0.18", "0.19"])
def test_python_of_any_release_with_relay_is_read_as_such(release: str) -> None:
    source = "from tvm import relay\n\nc = relay.nn.batch_matmul(q, k)\n"
    assert CALL in port_source(source, "old.py", None, Options(old=release)).text
