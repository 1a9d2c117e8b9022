"""Rules for dataflow patterns and what is rewritten with them."""
