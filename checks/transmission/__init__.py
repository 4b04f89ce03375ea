"""17.04(3): encryption of what travels across public networks and wirelessly."""
