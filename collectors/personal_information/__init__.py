"""Which files likely hold personal information of 201 CMR 17.02: where, of which kind and how sure, never the information itself."""
