"""Rules for what is registered for operators."""
