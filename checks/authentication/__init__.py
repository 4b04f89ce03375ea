"""17.04(1): secure user authentication protocols."""
