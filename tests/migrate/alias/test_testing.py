"""tvm.testing's fixtures under as-tvm: how often a test file written for TVM runs its tests."""

import subprocess
import sys
from pathlib import Path

FILE = """
import pytest, tvm, tvm.testing
pytest_plugins = ["tvm.testing.plugin"]
size = tvm.testing.parameter(1, 10, ids=["small", "large"])
shape, dtype = tvm.testing.parameters(((1, 2), "float32"), ((3,), "int8"))
made = []

@tvm.testing.fixture(cache_return_value=True)
def data(size):
    made.append(size)
    return size

def test_combinations(size, shape, dtype):
    assert (shape, dtype) in [((1, 2), "float32"), ((3,), "int8")]

def test_targets(target, dev):
    assert target == "llvm" and dev == tvm.cpu()

@tvm.testing.parametrize_targets("llvm", "cuda")
def test_named_targets(target):
    assert target == "llvm"

@tvm.testing.requires_cuda
def test_cuda():
    raise AssertionError

@tvm.testing.uses_gpu
def test_data(data):
    assert len(made) == len(set(made))

def test_data_again(data):
    assert len(made) == len(set(made))
"""


def test_counts(tmp_path: Path):
    file = tmp_path / "test_written_for_tvm.py"
    file.write_text(FILE)
    command = [sys.executable, "-m", "migrate.cli", "as-tvm", "--", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=120)
    # Four combinations, one target, one of two targets, no CUDA, twice two sizes.
    assert "10 passed, 2 skipped" in done.stdout, done.stdout + done.stderr
