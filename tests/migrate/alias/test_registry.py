"""What forks register with TVM's runtime, so that their modules can be imported."""

import subprocess
import sys
from pathlib import Path

import pytest

_OLD = """import tvm
import tvm._ffi
from tvm.ir.type import Type


@tvm._ffi.register_object("relay.ext.acme.Node")
class Node(tvm.Object):
    pass


@tvm.register_func("relay.ext.acme.twice")
def twice(x):
    return 2 * x


tvm._ffi._init_api("relay.ext.acme", __name__)
print(Node.__name__, globals()["twice"](4), tvm.ir.transform.module_pass.__name__)
"""
_RENAMED = {
    "import tvm._ffi": "import tvm_ffi",
    "tvm._ffi._init_api": "tvm_ffi.init_ffi_api",
    "tvm._ffi.register_object": "tvm_ffi.register_object",
    "register_func": "register_global_func",
}
_NEW = _OLD
for old, new in _RENAMED.items():
    _NEW = _NEW.replace(old, new)


@pytest.mark.parametrize(("release", "text"), [("0.19", _OLD), ("0.27", _NEW)])
def test_registered(release: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "fork.py").write_text(text)
    line = [sys.executable, "-m", "migrate.cli", "as-tvm", "--release", release, "--", "fork.py"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, "Node 8 module_pass\n"), done.stderr
