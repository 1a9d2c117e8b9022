"""Rules for pattern tables, partitioning and external code generators."""
