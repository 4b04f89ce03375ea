"""What a rule says of one candidate."""

from typing import NamedTuple

from collectors.personal_information.sightings import Kind, Tier


class Finding(NamedTuple):
    """One number that is likely what ``kind`` says; where it stands, not what it is."""

    kind: Kind
    tier: Tier
    start: int
    end: int
