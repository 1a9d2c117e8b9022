"""Element by element: arithmetic, comparison, logic, activation."""
