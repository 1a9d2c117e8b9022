"""Relay's passes and what became of each: the ledger, and the pairs of ported passes that can be proven."""
