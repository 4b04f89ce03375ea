"""17.04(5) in AWS accounts."""
