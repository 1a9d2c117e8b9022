"""Grouping bindings into functions of their own."""
