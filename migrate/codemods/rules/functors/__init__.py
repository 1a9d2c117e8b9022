"""Rules for classes that walk or rewrite expressions."""
