"""Every figure of docs/performance.md: `python -m benchmarks` measures, prints and writes it."""
