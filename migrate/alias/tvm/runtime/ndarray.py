"""tvm.runtime.ndarray."""

from migrate.alias.tvm.nd import *  # noqa: F403
