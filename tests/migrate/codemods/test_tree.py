"""Where files stand among the packages of a tree, and what its modules hand on."""

from pathlib import Path

import pytest

from migrate.codemods.driver import Options, port_source
from migrate.codemods.tree import Place, package_of, survey


@pytest.mark.parametrize(
    ("package", "name", "absolute"),
    [
        ("tvm.relay.op.contrib", "..nn.relu", "tvm.relay.op.nn.relu"),
        ("tvm.relay.op.contrib", ".acme", "tvm.relay.op.contrib.acme"),
        ("tvm.relay.op.contrib", "...", "tvm.relay"),
        ("tvm.relay", "tvm.ir", "tvm.ir"),
        ("tvm", "....x", "....x"),
        ("", ".x", ".x"),
    ],
)
def test_relative_names(package: str, name: str, absolute: str) -> None:
    assert Place(package).absolute(name) == absolute


def make(root: Path, **files: str) -> dict[str, Path]:
    paths = {name: root / name.replace("__", "/").replace("INIT", "__init__.py") for name in files}
    for name, path in paths.items():
        path = path if path.suffix else path.with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name])
        paths[name] = path
    return paths


def test_packages(tmp_path: Path) -> None:
    paths = make(tmp_path, acme__INIT="", acme__passes__INIT="", acme__passes__fold="", tools__run="")
    assert package_of(paths["acme__passes__fold"], tmp_path) == "acme.passes"
    assert package_of(paths["tools__run"], tmp_path) == ""
    assert package_of(tmp_path / "python/tvm/relay/op/contrib/x.py", tmp_path) == "tvm.relay.op.contrib"


def test_names_that_the_tree_hands_on(tmp_path: Path) -> None:
    paths = make(
        tmp_path,
        acme__INIT="",
        acme__common="from tvm.relay.nn import batch_matmul as bmm\nfrom tvm import relay\n",
        acme__use="from .common import bmm\n\nc = bmm(a, b, transpose_b=False)\n",
        acme__bad="def\n",
    )
    places = survey(tmp_path, list(paths.values()))
    use = paths["acme__use"]
    result = port_source(use.read_text(), "use.py", None, Options(rest=True), places[use])
    assert [item.name for item in result.places] == ["tvm.relay.nn.batch_matmul"]
    assert result.refusals == ()
