"""The text format of Prometheus: lines, families, and the series that only another scan changes."""
