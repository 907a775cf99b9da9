"""Measures whether the pipeline is as fast as it says; `python -m benchmarks` prints one table."""
