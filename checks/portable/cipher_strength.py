"""How strong a cipher of dm-crypt is, by the name that device-mapper writes."""

import re

from collectors.host.block_tree import Cipher

_AS_LONG_AS_ITS_KEY = frozenset({"aes", "serpent", "twofish", "camellia", "aria", "sm4", "kuznyechik", "cast6", "chacha20",
                                 "xchacha12", "xchacha20", "aegis128", "aegis256"})  # fmt: skip
"""Ciphers with blocks of at least 128 bits on which no attack is known that is better than trying the keys."""
_SMALL = "its blocks have only 64 bits"
_WEAK = {"cipher_null": "it changes nothing", "arc4": "its key stream is not random", "des": "its key has 56 bits",
         "des3_ede": "its keys are worth 112 bits", "blowfish": _SMALL, "cast5": _SMALL, "xtea": _SMALL, "tea": _SMALL,
         "khazad": _SMALL}  # fmt: skip
_WEAK_MODES = {"ecb": "equal blocks stay equal", "ctr": "what is written twice tells of both texts"}
_MODES = frozenset({"xts", "lrw", "cbc", "adiantum", "hctr2", "gcm", "rfc7539", "aegis128", "aegis256"})
_COMPUTED = frozenset({"plain", "plain64", "plain64be", "benbi"})
"""Initial vectors that are the sector's number: fine for modes made for disks, and not for cbc."""
_AUTHENTICATION = re.compile(r"authenc|hmac|cmac|poly1305|essiv|md5|sha\d+|crct?\w*|xxhash64|$")


def weakness(cipher: Cipher, bits: int) -> str | None:
    """Why it is weaker than this many bits; empty where it is not, None where this version cannot tell."""
    words, vector, keys = _taken_apart(cipher.name)
    for weak in (_WEAK, _WEAK_MODES):
        for word in sorted(words & weak.keys()):
            return weak[word]
    if vector == "null":
        return "every sector begins the same way"
    if "cbc" in words and vector in _COMPUTED:
        return "anyone can compute its initial vectors, so that a file planted there is found again"
    if not words & _AS_LONG_AS_ITS_KEY or not words & _MODES or words - _AS_LONG_AS_ITS_KEY - _MODES:
        return None
    strength = (cipher.key_bits - _for_other_ends(cipher.name)) // keys // (2 if "xts" in words else 1)
    return f"its key is worth {strength} bits" if strength < bits else ""


def _taken_apart(name: str) -> tuple[set[str], str, int]:
    """Ciphers and modes, the initial vector, and the number of keys, of ``aes:64-cbc-lmk``, of ``aes`` (which means
    ``aes-cbc-plain``), of ``capi:essiv(cbc(aes),sha256)-plain64`` (the kernel's admin-guide, dm-crypt).
    """
    if name.startswith("capi:"):
        algorithms, _, vector = name.removeprefix("capi:").rpartition("-")
        words = {word for word in re.split(r"[(),]", algorithms) if not _AUTHENTICATION.fullmatch(word)}
        return words, "essiv" if "essiv(" in algorithms else vector.split(":")[0], 1
    first, mode, vector, *_ = [*name.split("-"), "", ""] if "-" in name else [name, "cbc", "plain"]
    ciphers, _, count = first.partition(":")
    words = {*ciphers.split(","), mode}
    return words, vector.split(":")[0], int(count or "1")


def _for_other_ends(name: str) -> int:
    """Bits of a key that encrypt nothing: of the sum over a sector, of a tweak, of an initial vector and its whitening."""
    summed = re.search(r"hmac\(sha(\d+)\)", name)
    others = {"-lrw-": 128, "-tcw": 256}
    return (int(summed.group(1)) if summed else 0) + sum(size for word, size in others.items() if word in name)
