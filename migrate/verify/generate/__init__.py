"""Well-typed programs with inputs, for properties that must hold of all of them.

``programs()`` is a hypothesis strategy; :func:`draw_program` draws one from any source of choices, such as a seed.
"""

from migrate.verify.generate.draw import draw_program, programs
from migrate.verify.generate.program import Program

__all__ = ["Program", "draw_program", "programs"]
