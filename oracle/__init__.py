"""A real TVM to ask. Not part of the product: used by tests, measurements and by people who want a second opinion."""

from migrate.verify.oracles.worker.wire import Shape
from oracle.session import Oracle, OracleCrashed, OracleError, OracleMissing, OracleTimeout, RelaxCheck, RelaxTrial

__all__ = [
    "Oracle",
    "OracleCrashed",
    "OracleError",
    "OracleMissing",
    "OracleTimeout",
    "RelaxCheck",
    "RelaxTrial",
    "Shape",
]
