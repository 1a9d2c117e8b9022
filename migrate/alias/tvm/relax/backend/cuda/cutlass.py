"""tvm.relax.backend.cuda.cutlass: there is no GPU here."""

from migrate.alias.relax.uncovered import uncovered

partition_for_cutlass = uncovered("tvm.relax.backend.cuda.cutlass.partition_for_cutlass")
