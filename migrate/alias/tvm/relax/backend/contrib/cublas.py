"""tvm.relax.backend.contrib.cublas: there is no GPU here."""

from migrate.alias.relax.uncovered import uncovered

partition_for_cublas = uncovered("tvm.relax.backend.contrib.cublas.partition_for_cublas")
