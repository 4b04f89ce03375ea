"""Who may become root with su."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import File

# pam.conf(5): type, control (a word or a bracket), module, arguments.
_RULE = re.compile(r"^-?auth\s+(\[[^\]]*\]|\S+)\s+(\S+)\s*(.*)$", re.IGNORECASE)


@dataclass(frozen=True)
class Su(Fact):
    """The part of su's PAM stack that restricts it to a group."""

    restricted: bool = False
    """Whether members of one group only may use it (pam_wheel(8))."""
    group: str = ""
    """That group; empty: ``wheel``, or where there is none, the group with id 0."""


@collector(File("/etc/pam.d/su"))
def su(stack: str) -> Su:
    """A restriction counts where it must succeed, lets nobody in by itself, and stands before what lets others in."""
    for line in stack.replace("\\\n", " ").splitlines():
        rule = _RULE.match(line.split("#", 1)[0].strip())
        if rule is None:
            continue
        control, module, arguments = rule.group(1).lower(), rule.group(2).rsplit("/", 1)[-1], rule.group(3).split()
        if module == "pam_wheel.so":
            if control in {"required", "requisite"} and not {"deny", "trust"} & set(arguments):
                named = [word.removeprefix("group=") for word in arguments if word.startswith("group=")]
                return Su(restricted=True, group=named[-1] if named else "")
        elif control == "include" or (control == "sufficient" and module != "pam_rootok.so"):
            break
    return Su()
