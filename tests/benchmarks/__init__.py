"""Measurements against what gridgov promises; `make bench` runs them all."""
