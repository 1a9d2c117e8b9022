"""What programs are built around: shapes of programs that chance alone would hardly ever make."""

from migrate.verify.generate.skeletons.table import (
    DATA,
    FOLDING,
    LAYERS,
    OPEN,
    PATTERNS,
    PLACES,
    SCALARS,
    SKELETONS,
    SMOOTH,
    Skeleton,
)

__all__ = ["DATA", "FOLDING", "LAYERS", "OPEN", "PATTERNS", "PLACES", "SCALARS", "SKELETONS", "SMOOTH", "Skeleton"]
