"""What holds of each asset, what held before, and where that is kept."""
