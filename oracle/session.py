"""A client for a real TVM release of `oracle.environments`."""

from migrate.verify.oracles.errors import OracleCrashed, OracleError, OracleMissing, OracleTimeout
from migrate.verify.oracles.live_tvm import RelaxCheck, RelaxTrial, Tvm
from migrate.verify.oracles.process import Interpreter
from oracle import environments

__all__ = ["Oracle", "OracleCrashed", "OracleError", "OracleMissing", "OracleTimeout", "RelaxCheck", "RelaxTrial"]


class Oracle(Tvm):
    """One TVM release, in its own environment."""

    def __init__(self, release: str, timeout: float = 600.0, memory: int | None = None) -> None:
        """`release`: a key of `environments.RELEASES`; `timeout`: seconds for one answer; `memory`: MB at most."""
        python = environments.interpreter(release)
        absent = f"no TVM {release}: run python -m oracle.environments {release}"
        super().__init__(Interpreter(python, memory=memory, absent=absent), f"TVM {release}", timeout)
        self.release = release
