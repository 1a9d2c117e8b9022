"""``relay2relax port``: a patch by default, whole files or none with ``--apply``."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrate.cli.port import port
from migrate.codemods.driver import all_rules
from migrate.codemods.patch import unified

BEFORE = "from tvm import relay, relax\n\nc = relay.nn.batch_matmul(a, b, transpose_b=False)\n"
AFTER = "from tvm import relax\n\nc = relax.op.matmul(a, b)\n"
REFUSED = "from tvm import relay\n\nf = relay.nn.batch_matmul\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    told = CliRunner().invoke(port, arguments)
    return told.exit_code, told.stdout, told.stderr


def test_diff_is_a_patch_that_applies() -> None:
    Path("x.py").write_bytes((BEFORE + "y = '\f\u2028'  # no line end here").encode())
    code, out, _ = run("x.py")
    assert code == 1
    subprocess.run(["patch", "-p1", "-s"], input=out.encode(), check=True)
    assert Path("x.py").read_bytes() == (AFTER + "y = '\f\u2028'  # no line end here").encode()


def test_diff_writes_nothing() -> None:
    Path("x.py").write_text(BEFORE)
    assert run("x.py", "--diff")[0] == 1
    assert Path("x.py").read_text() == BEFORE


def test_apply_rewrites_and_keeps_permissions() -> None:
    Path("x.py").write_bytes(BEFORE.replace("\n", "\r\n").encode())
    Path("x.py").chmod(0o755)
    Path("y.py").write_text("z = 1\n")
    code, out, err = run("x.py", "y.py", "--apply")
    assert (code, out) == (0, "")
    assert "x.py: 1 places rewritten" in err
    assert Path("x.py").read_bytes() == AFTER.replace("\n", "\r\n").encode()
    assert Path("x.py").stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in Path().iterdir()) == ["x.py", "y.py"]
    assert run("x.py", "y.py", "--apply") == (0, "", "")


def test_one_bad_file_leaves_all_as_they_are() -> None:
    Path("x.py").write_text(BEFORE)
    Path("bad.py").write_text("def\n")
    code, out, err = run("x.py", "bad.py", "--apply")
    assert (code, out) == (2, "")
    assert "bad.py:1:4: error[R2R0801]" in err
    assert "    1 | def" in err
    assert Path("x.py").read_text() == BEFORE


def test_refusals_are_findings_with_place_and_line() -> None:
    Path("x.py").write_text(REFUSED)
    code, out, err = run("x.py", "--apply")
    assert (code, out) == (1, "")
    assert "x.py:3:5: warning[R2R0802]: relay.nn.batch_matmul.transpose:" in err
    assert "3 | f = relay.nn.batch_matmul" in err


def test_nothing_to_do() -> None:
    Path("x.py").write_text("x = 1\n")
    assert run("x.py") == (0, "", "")


def test_json() -> None:
    Path("x.py").write_text(BEFORE + REFUSED.partition("\n")[2])
    code, out, _ = run("x.py", "--json")
    told = json.loads(out)
    assert told["exit_code"] == code == 1
    (file,) = told["files"]
    assert file["applied"] == [{"rule": "relay.nn.batch_matmul.transpose", "place": "x.py:3:5"}]
    assert [item["code"] for item in file["refused"]] == ["R2R0802"]
    assert file["diff"].startswith("--- a/x.py\n")
    assert told["written"] == []


def test_chosen_rules() -> None:
    Path("x.py").write_text(BEFORE)
    assert run("x.py", "--rule", all_rules()[0].id)[0] == 1
    code, _, err = run("x.py", "--rule", "no.such.rule")
    assert code == 2
    assert "R2R0703" in err
    assert all_rules()[0].id in err


@pytest.mark.parametrize("data", [b"x = '\xff'\n", b"\0", b"(" * 5000])
def test_bad_bytes(data: bytes) -> None:
    Path("x.py").write_bytes(data)
    code, out, err = run("x.py", "--apply")
    assert (code, out) == (2, "")
    assert "R2R0801" in err
    assert "Traceback" not in err
    assert Path("x.py").read_bytes() == data


def test_missing_file() -> None:
    code, _, err = run("nowhere.py")
    assert code == 2
    assert "R2R0701" in err


def test_unified_says_when_the_last_line_has_no_end() -> None:
    assert unified("a", "b\n", "f") == "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n"
    assert unified("a\n", "a\n", "f") == ""
