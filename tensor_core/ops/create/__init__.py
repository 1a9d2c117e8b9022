"""Op cards: tensors made from parameters rather than from data."""
