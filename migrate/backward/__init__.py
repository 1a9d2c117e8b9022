"""Relax to Relay."""
