"""The regulation, as functions of facts."""
