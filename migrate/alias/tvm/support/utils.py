"""tvm.support.utils: temporary folders."""

from migrate.alias.tvm.contrib.utils import TempDirectory, tempdir

__all__ = ["TempDirectory", "tempdir"]
