"""Type deduction of Relax calls and the relations between Relax types."""
