"""Proof of a ported Python file: the original on Relay and the port on Relax, each in a process of its own."""

from migrate.verify.ported.files import FileProof, Trial, prove_files

__all__ = ["FileProof", "Trial", "prove_files"]
