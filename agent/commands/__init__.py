"""The subcommands, one module each; each has a ``command``."""
