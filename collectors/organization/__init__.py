"""Facts of the organization: its people, their training, and what it attests."""
