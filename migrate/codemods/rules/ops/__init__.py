"""Calls of operators, operators as values, and their names in strings."""
