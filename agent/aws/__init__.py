"""AWS accounts as targets: whose credentials, which accounts of an organization, and what is read of each."""
