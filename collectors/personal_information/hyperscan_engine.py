"""The shapes by hyperscan, all at once: https://intel.github.io/hyperscan/dev-reference/. Many times as fast as the standard
library.

Few and fat patterns: what it costs is the number of its automata, not what each of them knows.
"""

import hyperscan

from collectors.personal_information.shapes import EXACT, WIDE, WORD_SHAPES, Candidate, Shape

_FLAGS = int(hyperscan.HS_FLAG_SOM_LEFTMOST) | int(hyperscan.HS_FLAG_DOTALL)
_SHAPES = tuple(Shape)


class HyperscanEngine:
    """Holds the compiled patterns, and what it needs while it looks: for one process, and one thread at a time."""

    name = "hyperscan"

    def __init__(self) -> None:
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        caseless = int(hyperscan.HS_FLAG_CASELESS)
        self._database.compile(
            expressions=list(WIDE.values()),
            ids=[int(shape) for shape in WIDE],
            elements=len(WIDE),
            flags=[_FLAGS | (caseless if shape in WORD_SHAPES else 0) for shape in WIDE],
        )
        self._suspected: set[int] = set()

    def candidates(self, text: bytes) -> list[Candidate]:
        """All of them, sorted."""
        suspected = self._suspected
        suspected.clear()
        add = suspected.add

        # Hyperscan tells of one place several times, by each of its ends. A place and its shape are one number: at most sixteen shapes.
        def on_match(shape: int, start: int, _end: int, _flags: int, _context: object) -> None:
            add(start << 4 | shape)

        self._database.scan(text, match_event_handler=on_match)
        found = set()
        for place in suspected:
            start, shape = place >> 4, _SHAPES[place & 15]
            exact = EXACT[shape]
            match = exact.match(text, start) or exact.match(text, start + 1)
            if match:
                found.add(Candidate(match.start(), match.end(), shape))
        suspected.clear()
        return sorted(found)
