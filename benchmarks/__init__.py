"""Measurements, always as ratios between two things in one run. ``python -m benchmarks [NAME ...]`` prints them."""
