"""What TVM's own tests call below its public interface."""

from __future__ import annotations

from relay_compat.types.probe import TypeSolver

_test_type_solver = TypeSolver
