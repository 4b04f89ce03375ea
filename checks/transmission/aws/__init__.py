"""17.04(3) in AWS accounts."""
