r"""Text from targets made fit to be shown: nothing in it can steer a terminal, break a line or reorder what is read."""

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(text: str, longest: int = 2000) -> str:
    r"""The text with control, format (also bidirectional) and unassigned characters written out as ``\xNN`` or
    ``\uNNNN``, and cut after ``longest`` characters with an ellipsis.
    """
    cut = text[:longest]
    shown = cut if cut.isascii() and cut.isprintable() else "".join(map(_shown, cut))
    return shown + "…" if len(text) > longest else shown


def _shown(character: str) -> str:
    if character.isprintable() and unicodedata.category(character) not in _UNSEEN:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
