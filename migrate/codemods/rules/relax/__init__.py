"""Relax of an earlier release to Relax of a later one."""
