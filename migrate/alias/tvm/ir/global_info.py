"""tvm.ir.global_info."""

from migrate.alias.lazy import lazy

__getattr__ = lazy("tvm.ir.global_info", {"migrate.alias.ir.global_info": "DummyGlobalInfo GlobalInfo VDevice"})
