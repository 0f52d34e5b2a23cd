"""Benchmark of the running product: `python -m bench` (see figures.py for what is measured and how)."""
