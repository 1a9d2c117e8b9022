"""Op cards: reductions along axes."""
