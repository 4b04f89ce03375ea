"""17.04(3) at the SSH server: algorithms that keep what travels secret."""

from fnmatch import fnmatchcase

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, passed, unknown
from collectors.host.sshd import Sshd


def _judged(sshd: Sshd, keyword: str, weak: tuple[str, ...], what: str) -> Verdict:
    """Fail for every algorithm of a comma-separated keyword that matches a pattern."""
    told = [value.split(",") for _, value in sshd.values(keyword)]
    offered = list(dict.fromkeys(name for names in told for name in names if name))
    if not all(any(names) for names in told):
        return unknown(f"sshd does not say which {what} it offers")
    found = [name for name in offered if any(fnmatchcase(name, pattern) for pattern in weak)]
    if found:
        return failed(f"sshd offers weak {what}", weak=found)
    return passed(**{keyword: offered})


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        Sshd.of(ciphers="chacha20-poly1305@openssh.com,aes256-ctr,aes128-gcm@openssh.com"),
        given(Sshd.of(ciphers="aes256-cbc"), weak=("3des-cbc",)),
    ],
    fails=[Sshd.of(ciphers="aes256-ctr,3des-cbc"), Sshd.of(ciphers="aes128-cbc"), Sshd.of(ciphers="arcfour256")],
)
def sshd_offers_only_strong_ciphers(
    sshd: Sshd,
    *,
    weak: tuple[str, ...] = ("*-cbc", "*-cbc@*", "arcfour*", "none"),
) -> Verdict:
    """What goes through SSH is encrypted with ciphers that have no known weakness.

    Why: what travels across public networks must be encrypted, and the law counts 128 bits or more as encryption.
    Fix: leave `Ciphers` of sshd_config at its default, or name only chacha20-poly1305, aes-gcm and aes-ctr; reload sshd.
    Settings:
        weak: patterns of ciphers that fail. CBC modes leak plain text in SSH (CVE-2008-5161), and 3DES, Blowfish and CAST
            exist in no other; RC4 (arcfour) is broken.
    """
    return _judged(sshd, "ciphers", weak, "ciphers")


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[Sshd.of(macs="umac-128-etm@openssh.com,hmac-sha2-256,hmac-sha1")],
    fails=[Sshd.of(macs="hmac-sha2-256,hmac-md5"), Sshd.of(macs="hmac-sha1-96-etm@openssh.com")],
)
def sshd_offers_only_strong_macs(
    sshd: Sshd, *, weak: tuple[str, ...] = ("hmac-md5*", "*-96", "*-96-*", "*-96@*", "hmac-ripemd160*", "none")
) -> Verdict:
    """Nobody changes what goes through SSH without being noticed.

    Why: encryption that can be altered on its way can be made to give up what it hides.
    Fix: leave `MACs` of sshd_config at its default, or name only hmac-sha2 and umac-128; reload sshd.
    Settings:
        weak: patterns of message authentication codes that fail: those on MD5 and RIPEMD-160, and those cut to 96 bits.
            HMAC with SHA-1 and umac-64 are in OpenSSH's own default and have no practical attack; add `hmac-sha1*` and
            `umac-64*` where your policy is stricter.
    """
    return _judged(sshd, "macs", weak, "message authentication codes")


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[
        Sshd.of(kexalgorithms="sntrup761x25519-sha512@openssh.com,curve25519-sha256,diffie-hellman-group14-sha256")
    ],
    fails=[
        Sshd.of(kexalgorithms="curve25519-sha256,diffie-hellman-group1-sha1"),
        Sshd.of(kexalgorithms="diffie-hellman-group-exchange-sha1"),
    ],
)
def sshd_offers_only_strong_key_exchange(
    sshd: Sshd, *, weak: tuple[str, ...] = ("*-sha1", "*-sha1-*", "rsa1024-*")
) -> Verdict:
    """The keys of SSH connections are agreed on in a way that a recording cannot be opened later.

    Why: the cipher is only as secret as the key, and traffic of public networks can be recorded.
    Fix: leave `KexAlgorithms` of sshd_config at its default, or take out everything that ends in sha1; reload sshd.
    Settings:
        weak: patterns of key exchanges that fail: SHA-1, which signatures no longer may use, with groups of 1024 bits
            (group1) or of unknown size (group exchange).
    """
    return _judged(sshd, "kexalgorithms", weak, "key exchange")
