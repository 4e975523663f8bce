"""Measure every figure of docs/performance.md: `python -m benchmarks` prints the tables and writes the page."""
