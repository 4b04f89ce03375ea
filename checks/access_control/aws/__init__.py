"""17.04(2) in AWS accounts."""
