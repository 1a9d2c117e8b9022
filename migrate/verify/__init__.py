"""Equivalence of two modules: inputs, execution of both sides, comparison under the error model, verdicts and
witnesses.
"""
