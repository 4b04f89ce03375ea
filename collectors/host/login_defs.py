"""What new local accounts begin with: ``login.defs``, with the vendor's file and drop-ins where the system has them."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Files

_VENDOR = "/usr/etc/login.defs"
LOGIN_DEFS = Files("/etc/login.defs", _VENDOR, "/usr/etc/login.defs.d/*.defs", "/etc/login.defs.d/*.defs")


def login_defs_text(files: dict[str, str] | None) -> str:
    """One text of all files. As libeconf takes them (SUSE, and others with a ``/usr/etc``): the file of the administrator
    replaces the vendor's whole, a drop-in the vendor's of the same name, and of a key the last counts; so here each stands
    once. Without any of these it is the file itself.
    """
    found = files or {}
    dropped = {path.rpartition("/")[2]: text for path, text in sorted(found.items(), reverse=True) if ".d/" in path}
    dropped |= {path.rpartition("/")[2]: text for path, text in found.items() if path.startswith("/etc/login.defs.d/")}
    main = found.get("/etc/login.defs", found.get(_VENDOR, ""))
    if not dropped:
        return main
    values: dict[str, str] = {}
    for text in (main, *(dropped[name] for name in sorted(dropped))):
        for line in text.splitlines():
            words = line.partition("#")[0].split(None, 1)
            if words:
                values[words[0]] = words[1].strip() if len(words) > 1 else ""
    return "".join(f"{key} {value}\n" for key, value in values.items())


@dataclass(frozen=True)
class AccountDefaults(Fact):
    """What ``useradd`` gives to a new account, and how shadow's own programs store a password."""

    max_days: int = -1
    """PASS_MAX_DAYS: days until a password must be changed; -1 is never."""
    min_days: int = -1
    """PASS_MIN_DAYS: days in which it may not be changed again; -1 is none."""
    warn_days: int = -1
    """PASS_WARN_AGE: days of warning before; -1 is none."""
    encrypt_method: str = "DES"
    """ENCRYPT_METHOD, in capitals: what programs that do not ask PAM use."""

    @property
    def expires(self) -> bool:
        """Whether new passwords must be changed some day (99999 days, the usual "never", are 273 years)."""
        return 0 <= self.max_days < 10000


def key_value(text: str, key: str) -> str | None:
    """The *first* value of a key, as ``pam_modutil_search_key`` finds it: ``KEY value`` or ``key=value``, ``#`` comments."""
    for line in text.splitlines():
        found = re.match(r"\s*([^\s=]+)[\s=]*(.*)", line.partition("#")[0])
        if found and found.group(1).lower() == key.lower():
            return found.group(2).strip()
    return None


def _last(text: str, key: str) -> str | None:
    """The *last* value of a key, as shadow's programs hold it (``getdef.c``): quotes around it do not count."""
    value = None
    for line in text.splitlines():
        found = re.match(r"([^\s#]+)[ \t]+\"?([^\"]*)\"?\s*$", line.strip())
        if found and found.group(1) == key:
            value = found.group(2).strip()
    return value


def _days(text: str, key: str) -> int:
    value = _last(text, key)
    return -1 if value is None else int(value, 0)


@collector(LOGIN_DEFS)
def account_defaults(files: dict[str, str]) -> AccountDefaults:
    """login.defs(5): ``NAME value`` lines; the last of a name counts."""
    login_defs = login_defs_text(files)
    return AccountDefaults(
        max_days=_days(login_defs, "PASS_MAX_DAYS"),
        min_days=_days(login_defs, "PASS_MIN_DAYS"),
        warn_days=_days(login_defs, "PASS_WARN_AGE"),
        encrypt_method=(_last(login_defs, "ENCRYPT_METHOD") or "DES").upper(),
    )
