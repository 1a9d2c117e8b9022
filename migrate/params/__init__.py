"""Files of parameters: arrays by name, to the bit, the same bytes for the same arrays."""
