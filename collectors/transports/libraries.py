"""The libraries that distributions bring too old, or leave out: paramiko for hosts over SSH, boto3 for AWS accounts.

With less than what was tried here, nothing is asked, and everything that was to be asked is unseen: an older library may
speak otherwise, or leave out of an answer what it does not know. ``docs/packages.md`` tells how a newer one is installed.
"""

import importlib
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Needed:
    lowest: tuple[int, ...]
    """The oldest version that was tried."""
    purpose: str


_NEEDED = {
    "paramiko": _Needed((3, 5, 1), "hosts over SSH"),  # chooses the kinds of host keys, and reads certificates
    "boto3": _Needed((1, 37), "AWS accounts"),  # AWS_ENDPOINT_URL, and the events by which one client asks every region
}


def lacking(name: str) -> str:
    """Why a library cannot be used: it is not there, it is broken, or which version was found and which is needed. Empty where
    it can. Imports it, so ask only where it is about to be used.
    """
    needed = _NEEDED[name]
    wanted = f"{needed.purpose} need {name} {'.'.join(map(str, needed.lowest))} or later"
    try:
        found = str(importlib.import_module(name).__version__)
    except ModuleNotFoundError as fault:
        what = "it is not installed" if fault.name == name else f"it cannot be imported: there is no {fault.name}"
        return f"{wanted}, and {what}"
    except Exception as fault:  # noqa: BLE001 - a library that is half there raises anything
        return f"{wanted}, and it cannot be imported ({type(fault).__name__})"
    return "" if _version(found) >= needed.lowest else f"{wanted}, and {found} is installed"


def _version(text: str) -> tuple[int, ...]:
    """The numbers at the beginning; of a version that begins with none, nothing, which is too old."""
    numbers = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(one) for one in numbers[0].split(".")) if numbers else ()
