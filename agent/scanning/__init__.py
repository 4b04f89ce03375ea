"""Targets, many at a time: here, in processes, on a cluster; and their recordings."""
