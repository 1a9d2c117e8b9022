"""``relay2relax check``: all files, every fault with its place, nothing of them executed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrate.cli.main import main

HEAD = "from tvm.script import ir as I\nfrom tvm.script import relax as R\n@I.ir_module\nclass Module:\n"
GOOD = (
    HEAD + '    @R.function\n    def main(x: R.Tensor((2,), "float32")):\n        y = R.add(x, x)\n        return y\n'
)


def checked(*args: object):
    return CliRunner().invoke(main, ["check", *map(str, args)], catch_exceptions=False)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.py"
    path.write_text(GOOD)
    return path


def test_a_good_script_and_a_good_relay_text(good: Path, root: Path):
    result = checked(good, root / "examples" / "resnet18" / "module.relay")
    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert first.endswith("good.py: Relax of TVM 0.27, 1 function, well formed")
    assert second.endswith("module.relay: Relay, 1 function, well formed")


def test_every_file_is_checked_and_faults_have_places(good: Path, tmp_path: Path):
    bad, relay = tmp_path / "bad.py", tmp_path / "bad.relay"
    bad.write_text(GOOD.replace("R.add(x, x)", "R.add(x, z)"))
    relay.write_text('#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) { add(%x, meta[x][0]) }\n')
    result = checked(bad, relay, tmp_path / "missing", good)
    assert result.exit_code == 2
    assert f"{bad}:7:22: error[R2R0103]" in result.stderr
    assert f"{relay}:2:" in result.stderr
    assert "R2R0701" in result.stderr
    assert "good.py" in result.stdout


def test_structural_faults_are_found_in_what_reads(tmp_path: Path):
    path = tmp_path / "impure.py"
    path.write_text(GOOD.replace("y = R.add(x, x)", 'y = R.add(x, x)\n        _ = R.print(x, format="{}")'))
    result = checked(path, "--json")
    assert result.exit_code == 2
    (file,) = json.loads(result.stdout)["files"]
    assert file["functions"] == ["main"]
    assert [item["code"] for item in file["diagnostics"]] == ["R2R0205"]
    assert file["diagnostics"][0]["span"]["line"] == 8
