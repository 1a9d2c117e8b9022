"""The scripts that other interpreters run are plain Python 3.7 and need nothing of the product."""

import ast
import sys
from pathlib import Path

import pytest

from migrate.verify.oracles.process import SCRIPTS

FILES = sorted(SCRIPTS.glob("*.py"))
MAY_IMPORT = {"numpy", "tvm", "ml_dtypes", "onnx", "onnxruntime", "pytest", *(file.stem for file in FILES)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_script_is_of_an_old_python(file: Path) -> None:
    tree = ast.parse(file.read_text(), feature_version=(3, 7))
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            top = name.partition(".")[0]
            assert top in MAY_IMPORT or top in sys.stdlib_module_names, name
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in ("removeprefix", "removesuffix"), "Python 3.9"
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and isinstance(node.left, ast.Dict))
