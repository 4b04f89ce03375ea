"""What the modules that judge a new password ask of it: pam_pwquality, pam_cracklib and pam_passwdqc.

Each has its own way of being configured; all come down to one ``Quality``. Only settings that decide what a *shortest*
acceptable password is are read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.host.pam import Rule

QUALITY_MODULES = ("pam_pwquality", "pam_cracklib", "pam_passwdqc")
_INTEGERS = ("minlen", "dcredit", "ucredit", "lcredit", "ocredit", "minclass", "dictcheck", "enforcing")
_OTHER_INTEGERS = frozenset(
    {"difok", "maxrepeat", "maxclassrepeat", "maxsequence", "gecoscheck", "usercheck", "usersubstr", "retry"}
)
_OTHER = frozenset({"badwords", "dictpath", "local_users_only"})
_LOWEST_MINLEN = 6
"""libpwquality raises a smaller minlen to this; cracklib's dictionary check refuses what is shorter."""
_PWQUALITY_DEFAULTS = {"minlen": 8, "dictcheck": 1, "enforcing": 1}
_CRACKLIB_DEFAULTS = {
    "minlen": 9, "dcredit": 1, "ucredit": 1, "lcredit": 1, "ocredit": 1, "dictcheck": 1, "enforcing": 1,
}  # fmt: skip
_PASSWDQC_MIN = "disabled,24,11,8,7"


@dataclass(frozen=True)
class Quality:
    """What a new password must be like."""

    module: str = "pam_pwquality"
    shortest: int = 8
    """Characters of the shortest password that it accepts, credits for character classes taken off."""
    dictionary: bool = True
    """Whether words of a dictionary are refused."""
    classes: int = 0
    """Kinds of characters (digits, capitals, small letters, others) that are asked for at least; 0 and 1 ask for none."""
    digit: bool = False
    """Whether there must be a digit."""
    letter: bool = False
    """Whether there must be a letter."""
    enforcing: bool = True
    """Whether it refuses; otherwise it only warns."""
    binds_root: bool = False
    """Whether it also refuses when root chooses; otherwise it only warns."""


def quality(rule: Rule, pwquality: Mapping[str, str], passwdqc: str) -> Quality:
    """What the module on this line asks, by its files (pwquality's by path, passwdqc's text) and its arguments."""
    if rule.module == "pam_passwdqc":
        return _passwdqc(rule, passwdqc)
    if rule.module == "pam_cracklib":
        return _credits(rule.module, _arguments(rule, dict(_CRACKLIB_DEFAULTS)))
    return _credits(rule.module, _arguments(rule, pwquality_settings(pwquality)))


def pwquality_settings(files: Mapping[str, str]) -> dict[str, int]:
    """What libpwquality holds after its files: those of ``pwquality.conf.d`` in ASCII order, then ``pwquality.conf``, the last
    of a name in force. A line that it does not understand ends the reading of that file *and of all after it*
    (``pwquality_read_config`` in libpwquality's settings.c), and what was read until then stays.
    """
    settings = dict(_PWQUALITY_DEFAULTS)
    main = [path for path in files if path.endswith("/pwquality.conf")]
    for path in (*sorted(path for path in files if path not in main), *main):
        for line in files[path].splitlines():
            name, _, value = _name_and_value(line)
            if name and not _set(settings, name.lower(), value):
                return settings
    return settings


def _name_and_value(line: str) -> tuple[str, str, str]:
    plain = line.partition("#")[0].strip()
    found = re.fullmatch(r"([^\s=]*)(\s*=\s*|\s+|$)(.*)", plain)
    return (found.group(1), found.group(2), found.group(3)) if found else (plain, "", "")


def _set(settings: dict[str, int], name: str, value: str) -> bool:
    """Set what matters here; False where libpwquality would call it an error."""
    if name == "enforce_for_root":
        settings[name] = 1  # its presence is enough, whatever its value
        return True
    if name in _OTHER:
        return True
    if not re.fullmatch(r"\s*[+-]?\d{1,9}", value):
        return False
    if name in _INTEGERS:
        settings[name] = int(value)
        return True
    return name in _OTHER_INTEGERS


def _arguments(rule: Rule, settings: dict[str, int]) -> dict[str, int]:
    """Arguments override the file; one that is not understood is only logged."""
    for argument in rule.arguments:
        name, _, value = argument.partition("=")
        _set(settings, name.lower(), value)
    return settings


def _credits(module: str, settings: Mapping[str, int]) -> Quality:
    """A positive credit shortens the minimum by up to that many characters of its class; a negative one asks for them."""
    credits_ = [settings.get(name, 0) for name in ("dcredit", "ucredit", "lcredit", "ocredit")]
    digits, capitals, smalls, _ = credits_
    minlen = max(settings["minlen"], _LOWEST_MINLEN)
    given = sum(one for one in credits_ if one > 0)
    asked = sum(-one for one in credits_ if one < 0)
    dictionary = settings["dictcheck"] != 0
    classes = max(min(settings.get("minclass", 0), 4), sum(one < 0 for one in credits_))
    return Quality(
        module=module,
        # Each character earns one credit at most, so half of minlen is always left.
        shortest=max(minlen - given, (minlen + 1) // 2, asked, _LOWEST_MINLEN if dictionary else 1),
        dictionary=dictionary,
        classes=classes,
        digit=digits < 0 or classes == 4,
        letter=capitals < 0 or smalls < 0 or classes >= 3,
        enforcing=settings["enforcing"] != 0,
        binds_root="enforce_for_root" in settings,
    )


def _passwdqc(rule: Rule, config: str) -> Quality:
    """passwdqc.conf(5): ``min=N0,N1,N2,N3,N4``, the least length for one to four classes of characters (N2: passphrases)."""
    words: list[str] = []
    for argument in rule.arguments:
        words.extend(config.split("\n") if argument.startswith("config=") else [argument])
    options = {
        name.strip(): value.strip()
        for name, mark, value in (word.partition("#")[0].partition("=") for word in words)
        if mark
    }
    lengths = options.get("min", _PASSWDQC_MIN).split(",")
    if len(lengths) != 5:
        raise ValueError("passwdqc's min needs five numbers")
    numbers = [None if one == "disabled" else int(one) for one in lengths]
    usable = [one for one in numbers if one is not None]
    four_only = all(one is None for one in numbers[:4])
    three_or_more = all(one is None for one in numbers[:3])
    enforce = options.get("enforce", "everyone")
    return Quality(
        module=rule.module,
        shortest=min(usable) if usable else 10**6,
        dictionary=True,
        classes=4 if four_only else 3 if three_or_more else 0,
        digit=four_only,
        letter=three_or_more,
        enforcing=enforce != "none",
        binds_root=enforce == "everyone",
    )
