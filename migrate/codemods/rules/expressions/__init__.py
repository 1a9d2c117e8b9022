"""Expressions: how they are made, and what is asked of them."""
