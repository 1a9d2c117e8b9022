"""Porting Python that was written against Relay: one rewriting rule per file, each with its own examples."""
