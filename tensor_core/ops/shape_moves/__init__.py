"""Data movement that keeps every element: reshapes, transposes, joins and splits."""
