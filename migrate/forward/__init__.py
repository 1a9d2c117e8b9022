"""Relay to Relax: one file per language construct, driven by the cards' two spellings."""
