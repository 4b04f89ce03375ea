"""17.04(4): reasonable monitoring of systems for unauthorized use of or access to personal information."""
