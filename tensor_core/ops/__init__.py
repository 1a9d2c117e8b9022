"""The op cards: every fact about an operator in one object, in one file under ``FAMILY/OP.py``."""
