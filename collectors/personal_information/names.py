"""What looks like a person's name: two capitalised words, an initial and a surname, or a surname, a comma and a first name.

17.02 asks for a first name or initial together with the last name. It is recorded, never required: a name may stand in another
column, sheet or file.
"""

import re

_SMALL = rb"[a-z\x80-\xff]+"
_WORD = rb"(?:[A-Z]')?[A-Z]%s(?:['-][A-Z]%s)?" % (_SMALL, _SMALL)
_NAME = re.compile(
    rb"[A-Z](?<![A-Za-z].)(?:((?:'[A-Z])?%s(?:['-][A-Z]%s)?),? {1,2}(?:[A-Z]\.? )?|\.? {1,2}(?:[A-Z]\.? )?)(%s)(?![A-Za-z])"
    % (_SMALL, _SMALL, _WORD),
    re.DOTALL,
)
_NO_NAMES = frozenset(
    b"social security number numbers tax taxpayer identification account card credit debit bank routing driver drivers license"
    b" licence date birth name first last the this that please payment visa master mastercard american express state states united"
    b" massachusetts new street avenue address phone employee employer customer patient member student department for and with your"
    b" our his her from dear monday tuesday wednesday thursday friday saturday sunday january february march april may june july"
    b" august september october november december no id".split()
)
"""Words that stand capitalised in forms beside such numbers."""


def a_name_in(text: bytes) -> bool:
    """Whether something in it looks like a person's name."""
    return any(
        not _NO_NAMES & {word.strip(b".,").lower() for word in match[0].split(b" ")} for match in _NAME.finditer(text)
    )
