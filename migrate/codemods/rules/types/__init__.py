"""Types: how they are written, and how an expression is asked for its type."""
