"""17.04(6), the half about patches: that they come from whom they say they come from."""

from checks.check import Known, check, given
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.apt_sources import AptSource, AptSources
from collectors.host.other_sources import ApkSources, PacmanSource, PacmanSources
from collectors.host.rpm_repositories import RpmRepositories, RpmRepository

_DEBIAN = AptSource("/etc/apt/sources.list", "http://deb.debian.org/debian", "bookworm")


def _with(option: str, value: str) -> AptSources:
    return AptSources((_DEBIAN, AptSource("/etc/apt/sources.list.d/a.list", "http://a/", "b", ((option, value),))))


def _only(
    apt: AptSources | None = None,
    rpm: RpmRepositories | None = None,
    apk: ApkSources | None = None,
    pacman: PacmanSources | None = None,
) -> tuple[Known, ...]:
    """An example: a host of one family."""
    return apt, rpm, apk, pacman


@check(
    "17.04(6)",
    facet="patches",
    severity=HIGH,
    passes=[
        _only(AptSources((_DEBIAN,))),
        _only(_with("signed-by", "/usr/share/keyrings/a.gpg")),
        _only(_with("trusted", "no")),
        given(*_only(AptSources((_DEBIAN,), checks_expiry=False)), expired_lists=True),
        _only(rpm=RpmRepositories((RpmRepository("baseos"),))),
        given(*_only(rpm=RpmRepositories((RpmRepository("baseos", checks_metadata=True),))), signed_metadata=True),
        _only(apk=ApkSources(2, 5)),
        _only(pacman=PacmanSources((PacmanSource("core", frozenset({"PackageRequired", "DatabaseOptional"})),))),
    ],
    fails=[
        _only(_with("trusted", "yes")),
        _only(_with("allow-insecure", "yes")),
        _only(_with("check-valid-until", "no")),
        _only(AptSources((_DEBIAN,), ("Acquire::AllowInsecureRepositories",))),
        _only(AptSources((_DEBIAN,), checks_expiry=False)),
        _only(rpm=RpmRepositories((RpmRepository("baseos"), RpmRepository("ours", checks_packages=False)))),
        _only(rpm=RpmRepositories((RpmRepository("baseos", verifies_server=False),))),
        given(*_only(rpm=RpmRepositories((RpmRepository("baseos"),))), signed_metadata=True),
        _only(apk=ApkSources(2, 5, ("/etc/apk/config",))),
        _only(pacman=PacmanSources((PacmanSource("core", frozenset({"PackageOptional", "DatabaseOptional"})),))),
        _only(pacman=PacmanSources((PacmanSource("core", frozenset({"PackageRequired", "PackageTrustAll"})),))),
    ],
    not_applicable=[_only(AptSources()), _only(rpm=RpmRepositories())],
)
def package_sources_are_signed(
    sources: AptSources | None,
    rpm: RpmRepositories | None,
    apk: ApkSources | None,
    pacman: PacmanSources | None,
    *,
    expired_lists: bool = False,
    signed_metadata: bool = False,
) -> Verdict:
    """Packages come only from archives whose signature is checked and has not expired.

    Why: whoever can answer in the name of an unsigned archive, or replay an old one, decides what is installed as root.
    Fix: take `trusted=yes`, `allow-insecure=yes` and `check-valid-until=no` (in *.sources: `Trusted`, `Allow-Insecure`,
    `Check-Valid-Until`) out of /etc/apt/sources.list and /etc/apt/sources.list.d, and give the source a `signed-by`; take
    `Acquire::Allow...Repositories` and `APT::Get::AllowUnauthenticated` out of /etc/apt/apt.conf.d. For dnf, yum and zypper
    set `gpgcheck=1` in the main file and take `gpgcheck=0` and `sslverify=0` out of the *.repo files; for pacman
    `SigLevel = Required DatabaseOptional`; for apk take `allow-untrusted` out of /etc/apk/config and of the jobs.
    Settings:
        expired_lists: whether lists past their date are fine; no by default, since an old signed list hides new fixes. A
            mirror of snapshots needs yes.
        signed_metadata: whether dnf, yum and pacman must check signatures of the lists too (`repo_gpgcheck`, `Database...`);
            no by default, since most distributions sign only the packages.
    """
    if sources is not None:
        return _apt(sources, expired_lists=expired_lists)
    if rpm is not None:
        return _rpm(rpm, signed_metadata=signed_metadata)
    if apk is not None:
        return _apk(apk)
    if pacman is not None:
        return _pacman(pacman, signed_metadata=signed_metadata)
    return unknown("no package manager that is known was found")


def _apt(sources: AptSources, *, expired_lists: bool) -> Verdict:
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


def _rpm(rpm: RpmRepositories, *, signed_metadata: bool) -> Verdict:
    if not rpm.repositories:
        return not_applicable("no package source is enabled")
    faults = []
    for one in rpm.repositories:
        faults += [f"{one.id} takes packages that nobody signed"] if not one.checks_packages else []
        faults += [f"{one.id} takes lists that nobody signed"] if signed_metadata and not one.checks_metadata else []
        faults += [f"{one.id} does not verify its server"] if not one.verifies_server else []
    if faults:
        return failed("; ".join(faults[:_NAMED]), sources=len(rpm.repositories))
    return passed(sources=len(rpm.repositories))


def _apk(apk: ApkSources) -> Verdict:
    if apk.unsafe:
        return failed(f"apk is told to take what nobody signed, in {', '.join(apk.unsafe)}", sources=apk.sources)
    if not apk.sources:
        return not_applicable("no package source is enabled")
    return passed(sources=apk.sources, keys=apk.keys)


def _pacman(pacman: PacmanSources, *, signed_metadata: bool) -> Verdict:
    if not pacman.sources:
        return not_applicable("no package source is enabled")
    faults = []
    for one in pacman.sources:
        for kind in ("Package", "Database") if signed_metadata else ("Package",):
            if one.level(kind) != "Required":
                faults.append(f"{one.name}: {kind}{one.level(kind)}")
            elif one.trusts_all(kind):
                faults.append(f"{one.name}: {kind}TrustAll")
    if faults:
        return failed(f"SigLevel does not require trusted signatures: {', '.join(faults[:_NAMED])}")
    return passed(sources=len(pacman.sources))


_NAMED = 10
