"""17.04(2): secure access control measures."""
