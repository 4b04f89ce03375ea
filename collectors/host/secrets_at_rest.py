"""Files that hold secrets in the clear, the private keys of people's SSH, and what of such places was not seen."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from collectors.collector import Fact, collector
from collectors.host.kept_secrets import KEPT
from collectors.host.secret_rules import kinds, rule_ids

THE_REST = "every other file looked at"
"""The subject of those in which nothing was found, taken together."""
_CIPHERS = frozenset({"none", "encrypted", "token", "unknown"})


@dataclass(frozen=True)
class Held:
    """What a file holds, by the rule that fits; not the secret."""

    rule: str
    lines: int = 1
    """How many lines the rule fits."""
    first: int = 1
    """The number of the first of them."""

    def __str__(self) -> str:
        """As a report names it."""
        more = f" and {self.lines - 1} more" if self.lines > 1 else ""
        return f"{self.rule} (line {self.first}{more})"


@dataclass(frozen=True)
class Kept(Fact):
    """A file that holds something; a place that was not seen; or all files in which nothing was found, taken together."""

    path: str = THE_REST
    kind: str = ""
    account: str = ""
    """Whose home it lies in; empty for the system's files and in a home that is nobody's."""
    uid: int = 0
    """Of that account; 0 for the system's files."""
    owner: int = 0
    """Id of the file's owner."""
    group: int = 0
    """Id of the file's group."""
    permissions: int = 0o600
    """The twelve permission bits."""
    group_reaches: bool = True
    """Whether no folder on the way keeps the group from it."""
    everyone_reaches: bool = True
    """Whether no folder on the way keeps everybody from it."""
    holds: tuple[Held, ...] = ()
    unseen: str = ""
    """Why it was not seen; empty where it was."""
    seen: int = 0
    """Of those taken together: how many."""

    @property
    def subject(self) -> str:
        """The path; control characters and backslashes in octal."""
        return self.path

    @property
    def mode(self) -> str:
        """As a report shows it."""
        return f"{self.permissions:04o}"


class CredentialFile(Kept):
    """A file of a kind that is known to hold credentials."""


class HistoryFile(Kept):
    """What a shell or its like remembers."""


class JobFile(Kept):
    """What cron, at or systemd starts."""


@dataclass(frozen=True)
class PrivateKey(Kept):
    """A private key for SSH in the folder .ssh of a home."""

    cipher: str = "none"
    """``none``, ``encrypted``, ``token`` (it only works with a device that holds the real one) or ``unknown``."""


@collector(KEPT)
def credential_files(kept: str) -> tuple[CredentialFile, ...]:
    """Those that hold something or were not seen, and all others as one."""
    found = [CredentialFile(**vars(one)) for one in _with_rest(kept, "c")]
    if unexpected := {one.kind for one in found if one.holds} - set(kinds()):
        raise ValueError(f"{len(unexpected)} kinds that are not in the table")
    return tuple(found)


@collector(KEPT)
def history_files(kept: str) -> tuple[HistoryFile, ...]:
    """Those that hold something or were not seen, and all others as one."""
    return tuple(HistoryFile(**vars(one)) for one in _with_rest(kept, "h"))


@collector(KEPT)
def job_files(kept: str) -> tuple[JobFile, ...]:
    """Those that hold something or were not seen, and all others as one."""
    return tuple(JobFile(**vars(one)) for one in _with_rest(kept, "j"))


@collector(KEPT)
def private_keys(kept: str) -> tuple[PrivateKey, ...]:
    """Those of the well-known folders; what is no private key is left out."""
    found = []
    for one in _of_class(kept, "k"):
        cipher = one.holds[0].rule if one.holds else "unknown"
        found.append(PrivateKey(**{**vars(one), "holds": ()}, cipher=cipher))
    return tuple(found)


def _with_rest(text: str, wanted: str) -> list[Kept]:
    """Those of a class that are told of, and the rest, where there is one or it is all there is to tell."""
    told = _of_class(text, wanted)
    read = [line for line in text.splitlines() if line.startswith(f"seen\t{wanted}\t")]
    rest = sum(int(line.rpartition("\t")[2]) for line in read) - sum(1 for one in told if one.holds)
    return [*told, Kept(seen=rest)] if rest > 0 or not told else told


def _of_class(text: str, wanted: str) -> list[Kept]:
    """One for each path, in the order of the answer."""
    word, _, number = text.rstrip("\n").rpartition("\n")[2].partition("\t")
    if word != "end" or not number.isdigit():
        raise ValueError("not told to the end")
    found: dict[str, Kept] = {}
    for classes, one in _all(text):
        if wanted in classes:
            found.setdefault(one.path, one)
    return list(found.values())


def _all(text: str) -> Iterator[tuple[str, Kept]]:
    current: tuple[str, Kept] | None = None
    for line in text.split("\n"):
        word, _, rest = line.partition("\t")
        if current is not None and word not in {"holds", "key"}:
            yield current
            current = None
        if word == "unseen":
            classes, why, path = rest.split("\t", 2)
            yield classes, Kept(path, unseen=why)
        elif word == "file":
            current = _file(rest)
        elif word in {"holds", "key"} and current is not None:
            current = (current[0], replace(current[1], holds=(*current[1].holds, _held(word, rest))))
        elif word not in {"seen", "end", ""}:
            raise ValueError("not a line of the answer")


def _file(rest: str) -> tuple[str, Kept]:
    which, kind, account, uid, owner, group, mode, reach, path = rest.split("\t", 8)
    if not path.startswith("/"):
        raise ValueError("no path")
    return which, Kept(
        path,
        kind,
        account,
        int(uid),
        int(owner),
        int(group),
        int(mode, 8),
        group_reaches="g" in reach,
        everyone_reaches="o" in reach,
    )


def _held(word: str, rest: str) -> Held:
    if word == "key":
        if rest not in _CIPHERS:
            raise ValueError("no cipher of a key")
        return Held(rest)
    rule, count, line = rest.split("\t")
    if rule not in rule_ids():
        raise ValueError("a rule that is not in the table")
    return Held(rule, int(count), int(line))
