"""`relay2relax as-tvm`: Python written against TVM runs in a child process on this implementation."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

SCRIPT = """
import sys
import tvm
from tvm import relay

x = relay.var("x", shape=(2, 3))
y = relay.nn.relu(x + relay.const(1.0))
module = tvm.IRModule.from_expr(relay.Function([x], y))
assert isinstance(x.type_annotation.shape[1], tvm.tir.IntImm)
assert x.type_annotation.shape[1].value == 3
print(module["main"].body.op.name, sys.argv[1:])
"""


def run(*command: str, cwd: Path, release: str = "0.19") -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "migrate.cli", "as-tvm", "--release", release, "--", *command]
    return subprocess.run(line, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def test_script_runs_with_its_arguments(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = run("script.py", "--json", "7", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "nn.relu ['--json', '7']\n"), done.stderr


def test_arrays_go_by_the_name_that_the_release_gives_them(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import tvm\nprint(tvm.nd.array([2.0]).numpy())\n")
    done = run("script.py", cwd=tmp_path)
    assert done.stdout == "[2.]\n", done.stderr


def test_programs_run_compiled(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "from tvm import relay, IRModule\n"
        'x = relay.var("x", shape=())\n'
        "mod = IRModule.from_expr(relay.Function([x], x + x))\n"
        'print(relay.create_executor("vm", mod=mod, target="llvm").evaluate()(2.0 * relay.const(1.0).data.numpy()))\n'
    )
    done = run("script.py", cwd=tmp_path)
    assert done.stdout == "4.0\n", done.stderr


def test_pytest_runs_and_its_exit_code_counts(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("import tvm\ndef test_it():\n    assert tvm.relay.const(1).data == 2\n")
    done = run("pytest", "-q", "-p", "no:cacheprovider", "test_it.py", cwd=tmp_path)
    assert done.returncode == 1
    assert "1 failed" in done.stdout


def test_processes_of_the_script_have_the_alias_too(tmp_path: Path) -> None:
    inner = "import tvm; print(tvm.__version__)"
    (tmp_path / "script.py").write_text(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {inner!r}])\n")
    done = run("script.py", cwd=tmp_path)
    assert done.stdout == "0.19.0\n", done.stderr


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("import tvm; tvm.relay.collage", "R2R0901: tvm.relay.collage exists in TVM 0.19 but is not covered here"),
        ("import tvm.relay.collage.collage", "R2R0901: the module tvm.relay.collage"),
        ("from tvm.relay import collage", "R2R0901: tvm.relay.collage exists in TVM 0.19 but is not covered here"),
        ("import tvm; tvm.relay.transfrom", "R2R0901: tvm.relay.transfrom is not covered here"),
    ],
)
def test_what_is_missing_is_named_with_its_code(line: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(line + "\n")
    done = run("script.py", cwd=tmp_path)
    assert done.returncode == 1
    assert told in done.stderr


def test_a_name_that_is_missing_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import tvm\nprint(hasattr(tvm.relay, 'collage'), hasattr(tvm.relay, 'var'))\n")
    assert run("script.py", cwd=tmp_path).stdout == "False True\n"


@pytest.mark.parametrize(
    ("command", "release", "code"), [(["nowhere.py"], "0.19", "R2R0701"), (["x.py"], "0.3", "R2R0405")]
)
def test_bad_command_lines_are_refused(command: list[str], release: str, code: str, tmp_path: Path) -> None:
    done = run(*command, cwd=tmp_path, release=release)
    assert done.returncode == 2
    assert code in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("release", "has", "has_not"), [("0.27", "tirx", "relay, tir, nd"), ("0.19", "relay, nd", "tirx")]
)
def test_names_of_other_releases_cannot_be_imported_from_tvm(
    release: str, has: str, has_not: str, tmp_path: Path
) -> None:
    tried = f"""
        from tvm import {has}
        import tvm
        for name in "{has_not}".split(", "):
            assert not hasattr(tvm, name), name
            try:
                exec(f"from tvm import {{name}}")
            except ImportError as error:
                assert "R2R0901" in str(error)
            else:
                raise AssertionError(name)
    """
    (tmp_path / "script.py").write_text(dedent(tried))
    done = run("script.py", cwd=tmp_path, release=release)
    assert done.returncode == 0, done.stderr
