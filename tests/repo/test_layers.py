"""The contracts between the packages hold, and they can fail."""

import subprocess
import sys
from pathlib import Path

import pytest

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"

# (a contract, a file of the product, a line in it that must break exactly this contract)
VIOLATIONS = [
    ("layers", "relay_compat/bad.py", "import relax_core"),
    ("layers", "relax_core/bad.py", "import relay_compat"),
    ("layers", "relax_core/bad.py", "import cpu_backend"),
    ("layers", "cpu_backend/bad.py", "from relay_compat import anything"),
    ("layers", "tensor_core/bad.py", "import relax_core"),
    ("layers", "relay_compat/bad.py", "import migrate"),
    ("layers", "migrate/bad.py", "import relay2relax"),
    ("llvmlite", "tensor_core/bad.py", "from llvmlite import ir"),
    ("libcst", "migrate/bad.py", "import libcst.matchers"),
    ("hypothesis", "migrate/codemods/bad.py", "from hypothesis import strategies"),
    ("no-tvm", "migrate/verify/bad.py", "from tvm import relax"),
    ("no-tvm", "relay_compat/bad.py", "import onnxruntime"),
]
ALLOWED = {
    "cpu_backend/good.py": "import llvmlite.ir\nimport tensor_core",
    "migrate/codemods/good.py": "import libcst.matchers",
    "migrate/good.py": "import cpu_backend\nimport relax_core\nimport relay_compat",
    "migrate/verify/good.py": "import hypothesis.strategies",
    "relax_core/good.py": "import tensor_core",
    "relay2relax/good.py": "import migrate",
    "relay_compat/good.py": "import tensor_core",
}


def lint(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--no-cache", *arguments], cwd=tree, capture_output=True, text=True, check=False
    )


@pytest.fixture
def tree(root: Path, tmp_path: Path) -> Path:
    """A tree with the product's packages and contracts and hardly any code."""
    (tmp_path / "pyproject.toml").write_bytes((root / "pyproject.toml").read_bytes())
    for name, text in ALLOWED.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        for folder in file.parents[: -len(tmp_path.parents) - 1]:
            (folder / "__init__.py").touch()
    (tmp_path / "tensor_core").mkdir()
    (tmp_path / "tensor_core" / "__init__.py").touch()
    return tmp_path


def test_product_keeps_the_contracts(root: Path) -> None:
    told = lint(root)
    assert told.returncode == 0, told.stdout + told.stderr


def test_allowed_imports_keep_the_contracts(tree: Path) -> None:
    told = lint(tree)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS)
def test_violation_breaks_the_contract(tree: Path, contract: str, file: str, line: str) -> None:
    (tree / file).write_text(line)
    told = lint(tree, "--contract", contract)
    assert told.returncode == 1, told.stdout + told.stderr
    assert file.removesuffix(".py").replace("/", ".") in told.stdout
