"""What may be wrong with pushing."""


class NoIdentityError(Exception):
    """There is nobody to push as: a file that cannot be read, credentials that are not found. The message says which."""
