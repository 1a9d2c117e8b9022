"""How Relay programs are made smaller."""
