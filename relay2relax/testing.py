"""For the tests of a fork: an assertion for pytest or any other runner, and strategies for hypothesis.

``assert_equivalent`` is a fixture of pytest as well. ``programs()`` gives well-typed Relay programs with arguments,
``arguments(module)`` arguments of a module of one's own.
"""

from migrate.verify.generate import EVERYTHING, PLAIN, PURE, Feature, Program, programs
from migrate.verify.testing import arguments, assert_equivalent

__all__ = ["EVERYTHING", "PLAIN", "PURE", "Feature", "Program", "arguments", "assert_equivalent", "programs"]
