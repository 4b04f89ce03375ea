"""17.04(4) in AWS accounts."""
