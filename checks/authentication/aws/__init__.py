"""17.04(1) in AWS accounts."""
