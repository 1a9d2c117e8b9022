"""Rules for passes and pipelines."""
