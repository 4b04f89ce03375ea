"""Scans by a schedule, for as long as it runs, and tells everyone."""
