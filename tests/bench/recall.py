"""How many labelled numbers the rules of a survey find: ``python -m tests.bench.recall FILE``.

The file is a list of sentences with their entities, in the form of presidio-research (https://github.com/microsoft/presidio-research,
data/synth_dataset_v2.json), which is not kept here.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.discovery.examiner import engine
from collectors.personal_information.examination import Examination
from collectors.personal_information.sightings import Kind

_KINDS = {
    "US_SSN": Kind.SOCIAL_SECURITY_NUMBER,
    "CREDIT_CARD": Kind.PAYMENT_CARD,
    "IBAN_CODE": Kind.FINANCIAL_ACCOUNT,
    "US_DRIVER_LICENSE": Kind.DRIVERS_LICENSE,
}


def main(file: Path) -> Iterator[str]:
    """A line a kind, and one of what was found in sentences that have none of its kind."""
    labelled, found, false = Counter[Kind](), Counter[Kind](), Counter[Kind]()
    chosen = engine()
    for sentence in json.loads(file.read_text()):
        told = _kinds(sentence)
        examination = Examination(chosen)
        examination.feed(sentence["full_text"].encode())
        seen = {one.kind for one in examination.end()}
        labelled.update(told)
        found.update(kind for kind in told if kind in seen)
        false.update(seen - set(told) - {Kind.TAXPAYER_NUMBER})
    for kind in labelled:
        yield f"{kind}: {found[kind]} of {labelled[kind]}"
    yield f"where none is labelled: {dict(false)}"


def _kinds(sentence: dict[str, Any]) -> list[Kind]:
    return [_KINDS[one["entity_type"]] for one in sentence["spans"] if one["entity_type"] in _KINDS]


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in main(Path(sys.argv[1])))
