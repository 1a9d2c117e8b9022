"""Sizes that a Relay program leaves open: they become symbols, and what it computes of shapes becomes arithmetic."""
