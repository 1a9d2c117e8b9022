"""Relax programs that no conversion of Relay gives: several outputs of dataflow blocks, sizes that casts define, calls
of tensor programs and of packed functions that write their results, and effects, in any order.

``relax_programs()`` is a hypothesis strategy; :func:`draw_relax_program` draws one from any source of choices.
"""

from migrate.verify.generate.relax.draw import draw_relax_program, relax_programs

__all__ = ["draw_relax_program", "relax_programs"]
