"""17.04(6), the half about patches: that they come from whom they say they come from."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed
from collectors.host.apt_sources import AptSource, AptSources

_DEBIAN = AptSource("/etc/apt/sources.list", "http://deb.debian.org/debian", "bookworm")


def _with(option: str, value: str) -> AptSources:
    return AptSources((_DEBIAN, AptSource("/etc/apt/sources.list.d/a.list", "http://a/", "b", ((option, value),))))


@check(
    "17.04(6)",
    facet="patches",
    severity=HIGH,
    passes=[
        AptSources((_DEBIAN,)),
        _with("signed-by", "/usr/share/keyrings/a.gpg"),
        _with("trusted", "no"),
        given(AptSources((_DEBIAN,), checks_expiry=False), expired_lists=True),
    ],
    fails=[
        _with("trusted", "yes"),
        _with("allow-insecure", "yes"),
        _with("check-valid-until", "no"),
        AptSources((_DEBIAN,), ("Acquire::AllowInsecureRepositories",)),
        AptSources((_DEBIAN,), checks_expiry=False),
    ],
    not_applicable=[AptSources()],
)
def package_sources_are_signed(sources: AptSources, *, expired_lists: bool = False) -> Verdict:
    """Packages come only from archives whose signature is checked and has not expired.

    Why: whoever can answer in the name of an unsigned archive, or replay an old one, decides what is installed as root.
    Fix: take `trusted=yes`, `allow-insecure=yes` and `check-valid-until=no` (in *.sources: `Trusted`, `Allow-Insecure`,
    `Check-Valid-Until`) out of /etc/apt/sources.list and /etc/apt/sources.list.d, and give the source a `signed-by`; take
    `Acquire::Allow...Repositories` and `APT::Get::AllowUnauthenticated` out of /etc/apt/apt.conf.d.
    Settings:
        expired_lists: whether lists past their date are fine; no by default, since an old signed list hides new fixes. A
            mirror of snapshots needs yes.
    """
    if not sources.sources:
        return not_applicable("no package source is enabled")
    faults = [f"apt.conf: {name}" for name in sources.unsafe_options]
    if not sources.checks_expiry and not expired_lists:
        faults.append("apt.conf: Acquire::Check-Valid-Until is off")
    for source in sources.sources:
        asked = [option for option in ("trusted", *_INSECURE) if source.says(option)]
        if not source.says("check-valid-until", default=True) and not expired_lists:
            asked.append("check-valid-until off")
        faults += [f"{source.file}: {source.uri} {source.suite} has {option}" for option in asked]
    if faults:
        return failed("; ".join(dict.fromkeys(faults)), sources=len(sources.sources))
    return passed(sources=len(sources.sources))


_INSECURE = ("allow-insecure", "allow-weak", "allow-downgrade-to-insecure")
