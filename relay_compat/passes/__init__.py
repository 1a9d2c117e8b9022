"""Relay's passes, one per file."""
