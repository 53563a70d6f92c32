"""Benchmarks: one script per claim, run from the checkout as `python -m benchmarks.NAME`."""
