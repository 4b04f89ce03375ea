"""The ground: what to read, how to reach it, and what is then known."""
