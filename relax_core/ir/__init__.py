"""Node classes of Relax."""
