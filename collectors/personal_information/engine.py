"""What finds the places in a text that are worth judging."""

from typing import Protocol

from collectors.personal_information.shapes import Candidate


class Engine(Protocol):
    """Finds shapes. Any two yield the same candidates of the same text."""

    name: str

    def candidates(self, text: bytes) -> list[Candidate]:
        """All of them, sorted, each once. The text begins and ends with a byte that is neither letter nor digit, or with bytes
        in which nobody is interested: a candidate that touches either end may be missed. Time grows with the length alone.
        """
        ...
