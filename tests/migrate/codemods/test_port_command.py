"""``relay2relax port``: a patch by default, whole files or none with ``--apply``."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrate.cli.port import port
from migrate.codemods.patch import unified

BEFORE = "from tvm import relay, relax\n\nc = relay.nn.batch_matmul(a, b, transpose_b=False)\n"
AFTER = "from tvm import relax\n\nc = relax.op.matmul(a, b)\n"
RULE = "relay.nn.batch_matmul.transpose"
REFUSED = "from tvm import relay\n\nf = relay.nn.batch_matmul\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, answers: str = "") -> tuple[int, str, str]:
    told = CliRunner().invoke(port, arguments, input=answers)
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
    assert "in no git repository" in err
    assert Path("x.py").read_bytes() == AFTER.replace("\n", "\r\n").encode()
    assert Path("x.py").stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in Path().iterdir()) == ["relay2relax.lock", "x.py", "y.py"]
    assert run("x.py", "y.py", "--apply") == (0, "", "")


def test_a_bad_file_is_reported_and_the_others_are_ported() -> None:
    Path("x.py").write_text(BEFORE)
    Path("bad.py").write_text("def\n")
    code, out, err = run("x.py", "bad.py", "--apply")
    assert (code, out) == (1, "")
    assert "bad.py:1:4: error[R2R0801]" in err
    assert "    1 | def" in err
    assert (Path("x.py").read_text(), Path("bad.py").read_text()) == (AFTER, "def\n")


def test_read_only_files_stay_and_the_others_are_ported() -> None:
    for name in ("a.py", "b.py"):
        Path(name).write_text(BEFORE)
    Path("a.py").chmod(0o444)
    assert run(".")[0] == 1
    code, _, err = run(".", "--apply")
    assert code == 1
    assert "a.py:1:1: error[R2R0704]" in err
    assert (Path("a.py").read_text(), Path("b.py").read_text()) == (BEFORE, AFTER)
    assert '"a.py"' not in Path("relay2relax.lock").read_text()


def test_answers_and_json_do_not_mix() -> None:
    Path("x.py").write_text(BEFORE)
    assert run("x.py", "--interactive", "--json")[0] == 2


def test_all_are_written_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.py", "b.py"):
        Path(name).write_text(BEFORE)
    chmod = os.chmod

    def refusing(path: str, mode: int) -> None:
        if ".b.py." in str(path):
            raise PermissionError(1, "Operation not permitted")
        chmod(path, mode)

    monkeypatch.setattr(os, "chmod", refusing)
    code, _, err = run(".", "--apply")
    assert code == 2
    assert "R2R0704" in err
    assert {path.name: path.read_text() for path in Path().iterdir()} == {"a.py": BEFORE, "b.py": BEFORE}


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
    assert [place["level"] for place in file["places"]] == ["auto", "manual"]
    assert file["diff"].startswith("--- a/x.py\n")
    assert told["written"] == []


def test_chosen_rules() -> None:
    Path("x.py").write_text(BEFORE)
    assert run("x.py", "--rule", RULE)[0] == 1
    code, _, err = run("x.py", "--rule", "no.such.rule")
    assert code == 2
    assert "R2R0703" in err
    assert RULE in err


def test_disabled_rules() -> None:
    Path("x.py").write_text(BEFORE)
    assert "batch_matmul" not in run("x.py", "--disable", RULE)[1]
    assert run("x.py", "--disable", "no.such.rule")[0] == 2


def test_trees_and_notebooks_in_one_patch() -> None:
    Path("m").mkdir()
    Path("m/x.py").write_text(BEFORE)
    Path("m/n.ipynb").write_text(json.dumps({"cells": [{"cell_type": "code", "source": BEFORE}]}, indent=1))
    code, out, _ = run(".")
    assert code == 1
    subprocess.run(["patch", "-p1", "-s"], input=out.encode(), check=True)
    assert Path("m/x.py").read_text() == AFTER
    assert json.loads(Path("m/n.ipynb").read_text())["cells"][0]["source"] == AFTER


def test_the_same_whatever_the_jobs() -> None:
    for number in range(4):
        Path(f"x{number}.py").write_text(BEFORE)
    assert run(".", "--jobs", "1") == run(".", "--jobs", "2")


def test_an_empty_folder_is_bad_input() -> None:
    code, _, err = run(".")
    assert code == 2
    assert "R2R0701" in err


def test_targets() -> None:
    Path("x.py").write_text("x = 1\n")
    assert run("x.py", "--target", "0.26") == (0, "", "")
    assert "derived" in run("x.py", "--target", "0.22")[2]
    assert "R2R0703" in run("x.py", "--target", "0.18")[2]
    assert run("x.py", "--from", "0.22", "--target", "0.26")[0] == 0
    assert run("x.py", "--from", "0.8")[0] == 0
    assert "R2R0703" in run("x.py", "--from", "0.26", "--target", "0.22")[2]
    assert "R2R0703" in run("x.py", "--from", "new")[2]


TWO = BEFORE + "d = relay.nn.batch_matmul(c, b, transpose_b=False)\n"
FIRST = "from tvm import relay, relax\n\nc = relax.op.matmul(a, b)\n" + TWO.splitlines(keepends=True)[3]


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ("y\ny\n", AFTER + "d = relax.op.matmul(c, b)\n"),
        ("a\n", AFTER + "d = relax.op.matmul(c, b)\n"),
        ("f\n", AFTER + "d = relax.op.matmul(c, b)\n"),
        ("y\nn\n", FIRST),
        ("y\nq\n", FIRST),
        ("?\nnonsense\ny\ns\n", FIRST),
        ("n\nn\n", TWO),
        ("q\n", TWO),
        ("y\n", TWO),
        ("", TWO),
    ],
)
def test_each_place_is_asked_about(answers: str, text: str) -> None:
    Path("x.py").write_text(TWO)
    run("x.py", "--interactive", answers=answers)
    assert Path("x.py").read_text() == text


def test_what_is_asked_is_shown_as_a_patch() -> None:
    Path("x.py").write_text(TWO)
    _, out, _ = run("x.py", "--interactive", answers="n\ny\n")
    assert "x.py:3:5: relay.nn.batch_matmul.transpose (1 of 2)" in out
    first, second = out.split("(2 of 2)")
    assert "+c = relax.op.matmul(a, b)" in first
    assert "+d = relax.op.matmul(c, b)" in second
    assert "+c =" not in second


def test_answers_for_all_hold_for_the_files_after() -> None:
    for name in ("a.py", "b.py", "c.ipynb"):
        cells = json.dumps({"cells": [{"cell_type": "code", "source": BEFORE}]})
        Path(name).write_text(cells if name.endswith("ipynb") else BEFORE)
    run(".", "--interactive", answers="n\na\n")
    assert Path("a.py").read_text() == BEFORE
    assert Path("b.py").read_text() == AFTER
    assert "matmul(a, b)" in Path("c.ipynb").read_text()


def git(*arguments: str) -> None:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


def test_uncommitted_changes_stop_the_rewriting() -> None:
    Path("x.py").write_text(BEFORE)
    Path("other.txt").write_text("1")
    git("init", "-q")
    assert "R2R0812" in run("x.py", "--apply")[2]
    git("add", ".")
    git("commit", "-qm", "all")
    Path("other.txt").write_text("2")
    code, _, err = run("x.py", "--apply")
    assert code == 2
    assert "other.txt" in err
    assert Path("x.py").read_text() == BEFORE
    git("commit", "-qam", "all")
    Path("untracked.txt").touch()
    assert run("x.py", "--apply")[0] == 0
    assert Path("x.py").read_text() == AFTER
    Path("x.py").write_text(BEFORE + "\n")
    assert run("x.py", "--apply")[0] == 2
    assert run("x.py", "--apply", "--allow-dirty")[0] == 0


def test_monitors_of_a_repository_are_not_run() -> None:
    Path("x.py").write_text(BEFORE)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "all")
    Path("spy").write_text("#!/bin/sh\ntouch ran\n")
    Path("spy").chmod(0o755)
    git("config", "core.fsmonitor", "./spy")
    assert run("x.py", "--apply")[0] == 0
    assert not Path("ran").exists()


def test_a_lock_that_cannot_be_read_stops_the_rewriting() -> None:
    Path("x.py").write_text(BEFORE)
    Path("relay2relax.lock").write_text("<<<<<<< mine\n")
    code, _, err = run("x.py", "--apply")
    assert code == 2
    assert "R2R0813" in err
    assert "marks of a merge" in err
    assert Path("x.py").read_text() == BEFORE
    assert run("x.py", "--apply", "--no-lock")[0] == 0


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
