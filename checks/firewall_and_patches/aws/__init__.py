"""17.04(6) in AWS accounts."""
