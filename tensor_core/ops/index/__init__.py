"""Op cards: selection of elements by index tensors."""
