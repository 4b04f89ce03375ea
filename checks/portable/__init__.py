"""17.04(5): encryption of all personal information stored on laptops or other portable devices."""
