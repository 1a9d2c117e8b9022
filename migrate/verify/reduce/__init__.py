"""The smallest program on which a property still fails in the same way, and a file that shows it."""

from migrate.verify.reduce.search import Budget, Reduction, reduce

__all__ = ["Budget", "Reduction", "reduce"]
