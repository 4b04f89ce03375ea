"""Documents that are made when somebody asks for them, since for most states nobody does."""

import gzip
import threading
from collections.abc import Callable, Iterable


class Document:
    """A document that is made when the first client asks for it."""

    def __init__(self, make: Callable[[], str]) -> None:
        """``make`` returns the text."""
        self._make = make
        self._lock = threading.Lock()
        self._made: tuple[bytes, bytes] | None = None

    def plain(self) -> tuple[int, Iterable[bytes]]:
        """As it is."""
        text, _ = self._both()
        return len(text), [text]

    def zipped(self) -> tuple[int, Iterable[bytes]]:
        """As gzip."""
        _, packed = self._both()
        return len(packed), [packed]

    def _both(self) -> tuple[bytes, bytes]:
        with self._lock:
            if self._made is None:
                text = self._make().encode()
                self._made = (text, gzip.compress(text, 6, mtime=0))
            return self._made
