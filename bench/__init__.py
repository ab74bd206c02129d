"""Measurements: `make bench` prints ratios taken in one run, never a pass or a fail."""
