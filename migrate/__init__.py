"""Converts, verifies and ports: what users run."""
