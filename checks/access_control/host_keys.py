"""17.04(2)(b) across hosts: an identity that came with an image is no identity."""

from checks.check import check
from checks.verdict import MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.host_keys import HostFingerprints, HostKeyHolders

_OWN = HostFingerprints(("ssh-ed25519 SHA256:a",))


@check(
    "17.04(2)(b)",
    severity=MEDIUM,
    passes=[(_OWN, HostKeyHolders({"ssh-ed25519 SHA256:a": ("web-1",), "ssh-ed25519 SHA256:b": ("web-2",)}, 2))],
    fails=[(_OWN, HostKeyHolders({"ssh-ed25519 SHA256:a": ("web-1", "web-2")}, 2))],
    not_applicable=[(_OWN, HostKeyHolders({"ssh-ed25519 SHA256:a": ("web-1",)}, 1))],
)
def no_other_scanned_host_has_this_hosts_keys(keys: HostFingerprints, holders: HostKeyHolders) -> Verdict:
    """The SSH host keys are this host's alone, among all hosts of the scan that showed theirs.

    Why: keys that came with an image or a clone are a vendor-supplied default: whoever has one copy can pose as every other.
    Fix: remove /etc/ssh/ssh_host_* on the clone, run `ssh-keygen -A`, and restart sshd; let images be made without keys.
    """
    if holders.hosts < 2 and holders.whole:
        return not_applicable("no other host of this scan showed its keys")
    shared = {key: holders.assets[key] for key in keys.fingerprints if len(holders.assets.get(key, ())) > 1}
    if shared:
        hosts = sorted({asset for assets in shared.values() for asset in assets})
        return failed(f"{len(hosts)} hosts have the same keys", hosts=hosts[:20], keys=list(shared))
    if not holders.whole:
        return unknown("only a part of the hosts was scanned", compared_with=holders.hosts - 1)
    return passed(compared_with=holders.hosts - 1)
