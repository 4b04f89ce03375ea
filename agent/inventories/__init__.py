"""Fleets: many hosts as one target, listed by an inventory anew at each scan."""
