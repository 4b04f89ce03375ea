"""Whether the documents that attestations rest on are still those that they were."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from collectors.collector import Fact, Platform, collector
from collectors.organization.attestations import Attestation, attestations
from collectors.sources import Digests, Register

_ANSWER = re.compile(r"sha256 [0-9a-f]{64}|absent|unread .+")


class Compared(StrEnum):
    """What became of a document, by its hash."""

    SAME = "same"
    ALTERED = "altered"
    MISSING = "missing"
    UNSEEN = "unseen"
    NO_HASH = "no hash"
    """The register has none; the document may as well be a binder on a shelf."""


@dataclass(frozen=True)
class EvidenceFiles(Fact):
    """The files that the register of attestations names with a hash."""

    digests: tuple[tuple[str, str], ...] = ()
    """Name as the register has it, and ``sha256 HEX``, ``absent`` or ``unread REASON``."""

    def compared(self, attestation: Attestation) -> Compared:
        """What became of the document of an attestation."""
        if not attestation.sha256:
            return Compared.NO_HASH
        told = self._by_name.get(attestation.evidence, "")
        if told == "absent":
            return Compared.MISSING
        if not told.startswith("sha256 "):
            return Compared.UNSEEN
        return Compared.SAME if told == f"sha256 {attestation.sha256}" else Compared.ALTERED

    def why_unseen(self, attestation: Attestation) -> str:
        """Why a document could not be compared, and what to do."""
        if not attestation.evidence:
            return "the line has a hash but no evidence: fill in the path of the file"
        reason = self._by_name.get(attestation.evidence, "unread it is no file").removeprefix("unread ")
        return f"{reason}: put the file below the folder of the register, or leave its sha256 empty"

    @cached_property
    def _by_name(self) -> dict[str, str]:
        return dict(self.digests)


def evidence_names(text: str) -> tuple[str, ...]:
    """The files that have a hash to be compared with, those of the attestations that end last first; no web addresses."""
    made = sorted(attestations.parse(text).attestations, key=lambda one: one.expires, reverse=True)
    return tuple(one.evidence for one in made if one.sha256 and one.evidence and "://" not in one.evidence)


@collector(Digests(Register("attestations"), evidence_names), platform=Platform.ORGANIZATION)
def evidence_files(digests: dict[str, str]) -> EvidenceFiles:
    """An answer of another form raises."""
    for told in digests.values():
        if not _ANSWER.fullmatch(told):
            raise ValueError("not the digest of a file")
    return EvidenceFiles(tuple(digests.items()))
