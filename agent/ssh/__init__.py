"""Hosts that are reached over SSH: what the configuration says of them, and what the transport is told."""
