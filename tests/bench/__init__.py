"""Measurements, not tests: machines are noisy. `make bench` runs them and prints what docs/benchmarks.md quotes."""
