"""What an asset may be called the kind of: a label that dashboards and alerts ask for by name."""

import re

_KIND = re.compile(r"[a-z0-9_-]{1,40}")
_OURS = frozenset(("aws_account", "organization"))


def why_no_kind(kind: str) -> str:
    """Why somebody may not call an asset this; empty where they may, or say nothing."""
    if kind in _OURS:
        return "is what accounts and the organization are called; leave it out or choose another"
    if kind and not _KIND.fullmatch(kind):
        return "is no kind such as laptop, desktop or server: small letters, digits, - and _"
    return ""
