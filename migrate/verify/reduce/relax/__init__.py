"""How Relax programs are made smaller."""
