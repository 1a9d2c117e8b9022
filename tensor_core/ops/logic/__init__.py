"""Op cards: comparisons, logic and choice."""
