"""Measures whether the pipeline is as fast as it says; `python -m tests.benchmarks` prints one table."""
