"""Facts of a host: one module a subject, each with its sources and its parser side by side."""
