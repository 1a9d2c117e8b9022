"""Whole trees: which files are taken, what goes wrong with one stays with it, the order whatever the jobs."""

import os
from pathlib import Path

import libcst as cst
import pytest

from migrate.codemods import batch
from migrate.codemods.batch import Settings, port_all
from migrate.codemods.driver import Options
from migrate.codemods.rules.batch_matmul import BatchMatmul
from migrate.codemods.target import Target
from migrate.codemods.tree import module_name
from migrate.codemods.walk import places, walk

CALL = "from tvm import relay, relax\n\nc = relay.nn.batch_matmul(a, b, transpose_b=False)\n"


def write(root: Path, *names: str, text: str = CALL) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found(*paths: Path) -> list[str]:
    return [os.path.relpath(file.path, paths[0]) for file in walk(paths).files]


def test_python_and_notebooks_by_path(tmp_path: Path) -> None:
    write(tmp_path, "b/x.py", "a/z.py", "a/n.ipynb", "README.md", "a/x.pyc", "top.py")
    assert found(tmp_path) == ["a/n.ipynb", "a/z.py", "b/x.py", "top.py"]
    assert found(tmp_path, tmp_path / "a", tmp_path / "top.py") == ["a/n.ipynb", "a/z.py", "b/x.py", "top.py"]


def test_a_file_that_is_named_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    write(tmp_path, "script")
    assert [file.path for file in walk([tmp_path / "script"]).files] == [tmp_path / "script"]


def test_folders_that_hold_no_sources_of_the_user(tmp_path: Path) -> None:
    write(tmp_path, ".git/x.py", "__pycache__/x.py", ".ipynb_checkpoints/x.ipynb", "env/lib/x.py", "own/x.py")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    taken = walk([tmp_path])
    assert [file.path for file in taken.files] == [tmp_path / "own" / "x.py"]
    assert taken.skipped == ((tmp_path / "env", "a virtual environment"),)


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    write(outside, "x.py")
    write(root, "own.py")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "file.py").symlink_to(outside / "x.py")
    (root / "twice.py").symlink_to(root / "own.py")
    os.mkfifo(root / "pipe.py")
    taken = walk([root])
    assert [file.path.name for file in taken.files] == ["own.py"]
    assert {(path.name, reason) for path, reason in taken.skipped} == {
        ("folder", "a link"),
        ("loop", "a link"),
        ("file.py", "a link"),
        ("twice.py", "a link"),
        ("pipe.py", "no regular file"),
    }


def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a/x.py", "b/x.py")
    scan = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("a"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    taken = walk([tmp_path])
    assert [file.path for file in taken.files] == [tmp_path / "b" / "x.py"]
    assert [item.code.id for item in taken.problems] == ["R2R0701"]


def test_modules_are_named_by_their_packages(tmp_path: Path) -> None:
    write(tmp_path, "fork/__init__.py", "fork/op/__init__.py", "fork/op/x.py", "script.py", text="")
    where = places(walk([tmp_path]).files, "0.19")
    assert {module_name(path, place.package) for path, place in where.items()} == {
        "fork",
        "fork.op",
        "fork.op.x",
        "script",
    }


def test_names_of_tvm_are_followed_through_modules_of_the_tree(tmp_path: Path) -> None:
    write(tmp_path, "fork/__init__.py", text="")
    write(tmp_path, "fork/common.py", text="from tvm import relay as rl\nfrom tvm.relay.nn import *\n")
    write(tmp_path, "fork/all.py", text="from .common import *\nfrom os import path\n")
    write(tmp_path, "fork/loop.py", text="from .loop import *\nfrom .loop import x\n")
    uses = "from .all import rl, batch_matmul\nimport fork.common as c\nfrom .all import path\n"
    uses += "x = rl.nn.relu\ny = batch_matmul\nz = c.rl.nn.relu\nw = path.nn\n"
    write(tmp_path, "fork/uses.py", text=uses)
    files = walk([tmp_path]).files
    where = places(files, "0.19")
    outcomes = port_all([file.path for file in files], Settings(Options()), where)
    (ported,) = [item.ported for item in outcomes if item.path.name == "uses.py"]
    assert ported is not None
    assert {place.name for place in ported.result.places} == {"tvm.relay.nn.relu", "tvm.relay.nn.batch_matmul"}
    assert len(ported.result.places) == 3


BAD = {
    "bad_syntax.py": b"def\n",
    "bad_python2.py": b"print 'hello'\n",
    "bad_bytes.py": b"x = '\xff'\n",
    "bad_nested.py": b"(" * 5000,
    "bad_large.py": b"x = 1\n" * 2000,
    "bad_notebook.ipynb": b"{}",
    "bad_null.py": b"\0",
}


@pytest.mark.parametrize("jobs", [1, 3])
def test_bad_files_stop_nothing(jobs: int, tmp_path: Path) -> None:
    write(tmp_path, "a.py", "m/b.py", "z.py")
    for name, data in BAD.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "missing.py").symlink_to("nowhere")
    files = [*(file.path for file in walk([tmp_path]).files), tmp_path / "missing.py"]
    ticks: list[tuple[str, int, int]] = []
    settings = Settings(Options(), limit=8000)
    outcomes = port_all(files, settings, {}, jobs, lambda *step: ticks.append(step))
    assert [item.path for item in outcomes] == files
    assert ticks[-1] == ("files", len(files), len(files))
    codes = {item.path.name: [problem.code.id for problem in item.problems] for item in outcomes}
    assert codes == {
        **{name: ["R2R0801"] for name in BAD},
        "bad_large.py": ["R2R0111"],
        "bad_notebook.ipynb": ["R2R0810"],
        "missing.py": ["R2R0701"],
        **{name: [] for name in ("a.py", "b.py", "z.py")},
    }
    assert sum(item.ported is not None and item.ported.changed for item in outcomes) == 3


def test_python_2_is_called_so(tmp_path: Path) -> None:
    write(tmp_path, "old.py", text="try:\n    print 'x'\nexcept E, e:\n    pass\n")
    (outcome,) = port_all([tmp_path / "old.py"], Settings(Options()), {})
    assert "Python 2" in outcome.problems[0].hint


def test_an_error_in_a_rule_stays_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py", "b.py")
    port = batch.port_file

    def failing(path: Path, *rest: object) -> object:
        if path.name == "a.py":
            raise KeyError("lost")
        return port(path, *rest)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(batch, "port_file", failing)
    first, second = port_all([tmp_path / "a.py", tmp_path / "b.py"], Settings(Options()), {})
    assert [item.code.id for item in first.problems] == ["R2R0811"]
    assert "KeyError" in first.problems[0].message
    assert second.ported is not None


class Breaking(BatchMatmul):
    """Writes what Python does not compile outside of functions."""

    def rewrite(self, call: cst.Call, module: cst.BaseExpression, target: Target) -> cst.BaseExpression:
        del call, module, target
        return cst.Yield()


def test_a_file_stays_when_what_it_became_does_not_compile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py")
    write(tmp_path, "b.py", text="x = 1\n")
    write(tmp_path, "c.py", text=f"return\n{CALL}")
    monkeypatch.setattr(batch, "rules_named", lambda *_: (Breaking(),))
    outcomes = port_all([tmp_path / name for name in ("a.py", "b.py", "c.py")], Settings(Options()), {})
    first, second, third = outcomes
    assert [item.code.id for item in first.problems] == ["R2R0811"]
    assert "does not compile ('yield' outside function): c = yield" in first.problems[0].message
    assert second.ported is not None
    # That one did not compile before either: what is wrong with it is the user's to see.
    assert third.ported is not None
    assert third.ported.changed


def dying(path: Path) -> object:
    if path.name == "b.py":
        os._exit(9)
    return batch.Outcome(path)


def test_a_process_that_ends_takes_only_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py", "b.py", "c.py")
    monkeypatch.setattr(batch, "_port", dying)
    files = [tmp_path / name for name in ("a.py", "b.py", "c.py")]
    outcomes = port_all(files, Settings(Options()), {}, 2)
    assert [[problem.code.id for problem in item.problems] for item in outcomes] == [[], ["R2R0811"], []]
