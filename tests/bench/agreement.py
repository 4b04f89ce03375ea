"""``make agreement``: Prowler's verdicts and ours about the same account, resource by resource. Differences are explained in
docs/decisions.
"""

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench import aws, aws_account
from tests.bench.aws_overlap import OVERLAP, of_prowler

_SAME = {("pass", "PASS"), ("fail", "FAIL"), ("unknown", "MANUAL")}
_WORST = ("fail", "unknown", "pass", "not_applicable")
_THEIR_WORST = ("FAIL", "MANUAL", "PASS")


@dataclass(frozen=True)
class Verdict:
    """What one of the two says of a resource."""

    status: str
    why: str


@dataclass(frozen=True)
class Compared:
    """One resource under one check."""

    check: str
    resource: str
    ours: Verdict | None
    """None: we say nothing of it."""
    theirs: Verdict | None

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.ours is not None and self.theirs is not None and (self.ours.status, self.theirs.status) in _SAME

    @property
    def kind(self) -> str:
        """How they differ, e.g. ``fail against PASS``."""
        ours = self.ours.status if self.ours else "nothing"
        return f"{ours} against {self.theirs.status if self.theirs else 'nothing'}"


def main() -> int:
    """Run both, compare and print."""
    arguments = argparse.ArgumentParser(prog="make agreement", description=__doc__)
    arguments.add_argument("--json", type=Path, help="write all verdicts here")
    arguments.add_argument("--examples", type=int, default=2, help="how many of each difference are shown")
    given = arguments.parse_args()
    with aws_account.server() as proxy, tempfile.TemporaryDirectory() as scratch:
        seeded = aws_account.seeded(proxy)
        command = [*aws.environment(proxy, seeded), *aws.scan_command(Path(scratch), aws_account.REGIONS)]
        report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        aws.prowler(proxy, seeded, 0.0, of_prowler(), Path(scratch))
        with Path(scratch, "prowler.csv").open() as rows:
            found = list(compared(report["assets"][0]["findings"], list(csv.DictReader(rows, delimiter=";"))))
    if given.json:
        given.json.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n")
    for line in told(found, given.examples):
        sys.stdout.write(f"{line}\n")
    return 0


def compared(findings: Iterable[Mapping[str, str]], rows: Iterable[Mapping[str, str]]) -> Iterable[Compared]:
    """Resource by resource, for every check that overlaps."""
    ours: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for one in findings:
        ours[one["check"]][one.get("subject") or ""] = Verdict(one["status"], one.get("reason") or "")
    by_check = defaultdict(list)
    for row in rows:
        by_check[row["CHECK_ID"]].append(row)
    for check, names in OVERLAP.items():
        left = dict(ours[check])
        of_resources = defaultdict(list)
        for row in (row for name in names for row in by_check[name]):
            of_resources[row["RESOURCE_UID"], row["REGION"]].append(row)
        for (uid, region), about in of_resources.items():
            subjects = _subjects(ours[check], uid, region)
            verdicts = [ours[check][subject] for subject in subjects]
            for subject in subjects:
                left.pop(subject, None)
            mine = min(verdicts, key=lambda one: _WORST.index(one.status)) if verdicts else None
            worst = min(about, key=lambda row: _THEIR_WORST.index(row["STATUS"]))
            elsewhere = any(_subjects(ours[other], uid, region) for other in _others(check))
            if mine is not None or not elsewhere:
                yield Compared(check, uid, mine, Verdict(worst["STATUS"], worst["STATUS_EXTENDED"]))
        for subject, verdict in left.items():
            yield Compared(check, subject, verdict, None)


def _others(check: str) -> list[str]:
    """Our other checks that ask the same of other kinds of resources, where Prowler has one check for all."""
    return [other for other, names in OVERLAP.items() if other != check and names == OVERLAP[check]]


def _subjects(ours: Mapping[str, Verdict], uid: str, region: str) -> list[str]:
    """What we call the resource: its ARN (snapshots and images have no account in theirs), its region, the account; or our
    ARNs of its parts.
    """
    for name in (uid, uid.removesuffix(":*"), re.sub(r":\d{12}:(snapshot|image)/", r"::\1/", uid), region, ""):
        if name in ours:
            return [name]
    parts = uid.replace(":loadbalancer/", ":listener/") + "/"
    return [subject for subject in ours if subject.startswith(parts)]


def told(found: Iterable[Compared], examples: int) -> Iterable[str]:
    """A table of all checks, then the differences."""
    by_check = defaultdict(list)
    for one in found:
        by_check[one.check].append(one)
    yield "| check | same | different | only ours | only Prowler's |\n|---|---|---|---|---|"
    total: Counter[str] = Counter()
    for check, all_of_it in by_check.items():
        told = Counter(
            "same" if one.agrees else "ours" if one.theirs is None else "theirs" if one.ours is None else "different"
            for one in all_of_it
        )
        total += told
        yield f"| {check} | {told['same']} | {told['different']} | {told['ours']} | {told['theirs']} |"
    yield f"| all | {total['same']} | {total['different']} | {total['ours']} | {total['theirs']} |\n"
    for check, all_of_it in by_check.items():
        kinds = Counter(one.kind for one in all_of_it if not one.agrees)
        if kinds:
            yield f"{check} ({', '.join(OVERLAP[check])})"
        for kind, count in kinds.most_common():
            yield f"  {count} x {kind}"
            for one in [one for one in all_of_it if one.kind == kind][:examples]:
                yield f"    {one.resource}"
                yield f"      ours: {one.ours.why if one.ours else '-'}"
                yield f"      Prowler: {one.theirs.why if one.theirs else '-'}"


if __name__ == "__main__":
    sys.exit(main())
