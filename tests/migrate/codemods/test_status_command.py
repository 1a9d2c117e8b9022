"""``relay2relax status``: what is ported, what changed since, and the gate for CI."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from migrate.cli.main import main
from migrate.codemods.lock import Lock, read_lock

BEFORE = "from tvm import relay, relax\n\nc = relay.nn.batch_matmul(a, b, transpose_b=False)\n"
KEPT = "from tvm import relay\n\nf = relay.nn.batch_matmul\n"
UNKNOWN = "from tvm import relay\n\nx = relay.no_such_thing\n"
LOCK = Path("relay2relax.lock")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("fork").mkdir()
    Path("fork/x.py").write_text(BEFORE)
    Path("fork/plain.py").write_text("x = 1\n")
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    told = CliRunner().invoke(main, arguments)
    return told.exit_code, told.stdout, told.stderr


def apply(*arguments: str) -> None:
    assert run("port", "fork", "--apply", *arguments)[0] in (0, 1)


def states(*arguments: str) -> dict[str, str]:
    code, out, _ = run("status", "--json", *arguments)
    assert code in (0, 1)
    return {file["file"]: file["state"] for file in json.loads(out)["files"]}


def check() -> int:
    return run("status", "--check")[0]


def test_a_port_is_recorded() -> None:
    Path("fork/left.py").write_text(KEPT)
    apply()
    lock = read_lock(LOCK)
    assert (lock.target, lock.source, lock.roots) == ("0.27", "0.19", ("fork",))
    assert set(lock.files) == {"fork/x.py", "fork/left.py"}
    assert lock.files["fork/x.py"].rules == {"relay.nn.batch_matmul.transpose": 1}
    assert lock.files["fork/x.py"].before != lock.files["fork/x.py"].after
    assert lock.files["fork/left.py"].left["manual"] == {"relay.nn.batch_matmul.transpose": 1}
    assert states() == {"fork/x.py": "ported", "fork/left.py": "ported"}
    assert check() == 0


def test_the_lock_is_stable() -> None:
    apply()
    text = LOCK.read_text()
    apply()
    assert LOCK.read_text() == text
    assert json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n" == text
    assert read_lock(LOCK).text() == text


def test_it_is_found_from_below_and_for_other_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    apply()
    monkeypatch.chdir("fork")
    assert states() == {"fork/x.py": "ported"}
    assert states("x.py") == {"fork/x.py": "ported"}


def test_edits_that_use_nothing_old_are_good() -> None:
    apply()
    path = Path("fork/x.py")
    path.write_text(path.read_text() + "print(c)\n")
    assert states() == {"fork/x.py": "changed"}
    assert check() == 0


@pytest.mark.parametrize(
    ("file", "text", "state"),
    [
        ("fork/x.py", BEFORE, "went back"),
        ("fork/x.py", BEFORE + "\n", "worse"),
        ("fork/x.py", UNKNOWN, "worse"),
        ("fork/x.py", "def (", "unreadable"),
        ("fork/plain.py", BEFORE, "new"),
        ("fork/plain.py", "from tvm import relay\n", "new"),
        ("fork/x.py", "from tvm import relay\nimport tvm.relay.transform\n", "worse"),
        ("fork/more.py", UNKNOWN, "new"),
    ],
)
def test_regressions_fail_the_gate(file: str, text: str, state: str) -> None:
    apply()
    Path(file).write_text(text)
    assert states()[file] == state
    code, out, _ = run("status", "--check")
    assert code == 1
    assert file in out
    assert run("status")[0] == 0


def test_more_of_what_was_left_is_a_regression_and_less_is_none() -> None:
    left = Path("fork/left.py")
    left.write_text(KEPT + "g = relay.nn.batch_matmul\n")
    apply()
    left.write_text(KEPT)
    assert (states()["fork/left.py"], check()) == ("changed", 0)
    left.write_text(KEPT + "g = relay.nn.batch_matmul\nh = relay.nn.batch_matmul\n")
    assert (states()["fork/left.py"], check()) == ("worse", 1)
    assert "3 manual relay.nn.batch_matmul.transpose, 2 before" in run("status")[1]


def test_todos_are_counted_once_and_are_no_regression() -> None:
    left = Path("fork/left.py")
    left.write_text(KEPT)
    apply()
    assert "TODO(relay2relax" in left.read_text()
    assert set(read_lock(LOCK).files["fork/left.py"].left) == {"manual"}
    left.write_text("# TODO(relay2relax some.rule): look\n" + left.read_text())
    (file,) = [file for file in json.loads(run("status", "--json")[1])["files"] if file["file"] == "fork/left.py"]
    assert (file["state"], file["left"]["review"], file["open"]) == ("changed", {"some.rule": 1}, 2)


def test_files_that_are_gone_are_said_and_forgotten_on_update() -> None:
    apply()
    Path("fork/x.py").unlink()
    assert (states(), check()) == ({"fork/x.py": "gone"}, 0)
    assert states("--update") == {}


def test_a_baseline_without_a_port() -> None:
    assert run("status")[0] == 2
    assert states("fork", "--update", "--target", "0.25") == {"fork/x.py": "waiting"}
    assert read_lock(LOCK).target == "0.25"
    assert check() == 0
    path = Path("fork/x.py")
    path.write_text(BEFORE + "d = relay.nn.batch_matmul(c, b)\n")
    assert check() == 1
    assert states("--update") == {"fork/x.py": "waiting"}
    apply()
    assert states() == {"fork/x.py": "ported"}


def test_what_stays_is_accepted_with_a_reason() -> None:
    Path("fork/left.py").write_text(KEPT)
    apply()
    what = "fork/left.py:manual:relay.nn.batch_matmul.transpose"
    assert json.loads(run("status", "--json")[1])["open"] > 0
    assert run("status", "--accept", what)[0] == 2
    assert run("status", "--accept", "fork/left.py:manual:other", "--reason", "x")[0] == 2
    assert run("status", "--accept", what, "--reason", "stays with Relay")[0] == 0
    assert read_lock(LOCK).files["fork/left.py"].accepted == {what.partition(":")[2]: "stays with Relay"}
    before = json.loads(run("status", "--json")[1])["open"]
    apply()
    assert json.loads(run("status", "--json")[1])["open"] == before
    assert read_lock(LOCK).files["fork/left.py"].accepted


def test_a_verdict_that_got_worse_fails_the_gate() -> None:
    apply()
    lock = read_lock(LOCK).with_proof("fork.fold", "missed", 100, 0)
    LOCK.write_text(lock.text())
    assert check() == 0
    LOCK.write_text(lock.with_proof("fork.fold", "different", 100, 1).text())
    assert check() == 1
    assert "which was missed" in run("status")[1]
    assert run("status", "--accept", "proof:fork.fold", "--reason", "rounds otherwise")[0] == 0
    assert check() == 0
    again = read_lock(LOCK).with_proof("fork.fold", "holds", 100, 1)
    assert again.proofs["fork.fold"].best == "holds"
    assert not again.proofs["fork.fold"].accepted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "\xff",
        '{"version": 2}',
        '{"version": true}',
        '{"version": 1}',
        Lock("0.27", "0.19").text().replace('"files": {}', '"files": {"x": {}}'),
        Lock("0.27", "0.19").text().replace('"roots": []', '"roots": [1]'),
        Lock("0.27", "0.19").with_proof("p", "holds", 1, 0).text().replace("holds", "nice"),
        "[" * 100_000,
    ],
)
@pytest.mark.parametrize("command", [["status"], ["status", "--check"], ["status", "fork", "--update"]])
def test_damaged_locks_are_refused(text: str, command: list[str]) -> None:
    LOCK.write_bytes(text.encode("latin-1"))
    code, out, err = run(*command)
    assert (code, out) == (2, "")
    assert "R2R0813" in err
    assert LOCK.read_bytes() == text.encode("latin-1")


def test_files_of_the_lock_are_compared_by_bytes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    apply()

    def looked(*_: Any) -> None:
        raise AssertionError("nothing changed")

    monkeypatch.setattr("migrate.codemods.batch.port_file", looked)
    Path("fork/plain.py").unlink()
    assert states() == {"fork/x.py": "ported"}
