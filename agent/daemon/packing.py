"""Pages of many assets are packed before anybody asks, in a thread of its own: a scrape must find them done.

Of ten thousand hosts that are scanned each hour, nearly every group of a page has changed by the next scrape; packing them takes
seconds then, and a few hundredths of one after each scan.
"""

import threading

from agent.pages.page import Page
from agent.web.site import Published, Unready


class Packing:
    """Packs the page that was published last; one that comes while another is packed waits, and one that waits is replaced."""

    def __init__(self) -> None:
        self._waits = threading.Condition()
        self._page: Page | None = None
        self._last: Page | None = None
        self._ends = False
        self._thread = threading.Thread(target=self._work, name="packing", daemon=True)

    def start(self) -> None:
        """From now on."""
        self._thread.start()

    def put(self, published: Published | Unready) -> None:
        """What is published now. Costs nothing where it is the same as before, or of a few assets."""
        page = published.metrics if isinstance(published, Published) else None
        if page is not self._last and page is not None and len(page.groups) > 1:
            self._last = page
            with self._waits:
                self._page = page
                self._waits.notify()

    def stop(self) -> None:
        """End, within the packing of one group."""
        with self._waits:
            self._ends = True
            self._waits.notify()

    def _work(self) -> None:
        while True:
            with self._waits:
                self._waits.wait_for(lambda: self._page is not None or self._ends)
                page, self._page = self._page, None
            if self._ends or page is None:
                return
            for _ in page.packed_ahead():
                if self._has_more():  # what has not changed in the next page is not packed again
                    break

    def _has_more(self) -> bool:
        """Whether there is something newer to do."""
        return self._ends or self._page is not None
