"""``agent``, ``checks`` and ``collectors`` are top-level names: nothing else may own one of them.

Another distribution that installs a package of one of these names would put its code into ours. Start-up looks for one and
refuses to run.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from agent.errors import DiscoveryError


def refuse_foreign_owners(places: list[str] | None = None) -> None:
    """``DiscoveryError`` where an installed distribution other than wispwatch claims one of our names."""
    claims = [claim for place in places or sys.path for claim in _claims(Path(place or "."))]
    if claims:
        told = "; ".join(f"{owner} installs a package called {name}" for owner, name in sorted(set(claims)))
        raise DiscoveryError(f"{told}. Install wispwatch in an environment of its own (pipx, a virtual environment)")


def _claims(place: Path) -> Iterator[tuple[str, str]]:
    """Distribution and name, from ``top_level.txt`` or ``RECORD`` of each distribution installed in a folder.

    importlib.metadata.packages_distributions() says the same, but reads and parses every file of every distribution;
    here a byte search settles nearly all of them.
    """
    if not place.is_dir():
        return
    for folder in place.glob("*.dist-info"):
        owner = folder.name.split("-")[0]
        if owner == "wispwatch":
            continue
        for listing in ("top_level.txt", "RECORD"):
            try:
                content = (folder / listing).read_bytes()
            except OSError:
                continue
            for name in re.findall(rb"^(agent|checks|collectors)(?:/__init__\.py,.*|\s*)$", content, re.MULTILINE):
                yield owner, name.decode()
