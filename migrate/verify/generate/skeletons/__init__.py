"""What programs are built around: shapes of programs that chance alone would hardly ever make."""

from migrate.verify.generate.skeletons.table import FOLDING, SKELETONS, Skeleton

__all__ = ["FOLDING", "SKELETONS", "Skeleton"]
