"""Well-typed programs with inputs, for properties that must hold of all of them.

``programs()`` is a hypothesis strategy; :func:`draw_program` draws one from any source of choices, such as a seed.
"""

from migrate.verify.generate.draw import draw_program, programs
from migrate.verify.generate.features import EVERYTHING, PLAIN, PURE, Feature, Features
from migrate.verify.generate.program import Program

__all__ = ["EVERYTHING", "PLAIN", "PURE", "Feature", "Features", "Program", "draw_program", "programs"]
