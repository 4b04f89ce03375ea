"""What answers over HTTP, by which rules, and what at which address."""
