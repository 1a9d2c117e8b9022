"""Marks that passes leave in a program, which compute nothing."""
