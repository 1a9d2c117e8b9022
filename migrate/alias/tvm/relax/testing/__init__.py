"""tvm.relax.testing."""

from migrate.alias.lazy import lazy

__getattr__ = lazy("tvm.relax.testing", {"migrate.alias.tvm.relax.testing.nn": "Placeholder"})
