"""Passes over Relax modules, one per file."""
