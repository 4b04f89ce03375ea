"""17.04(3) for files of other machines, and for files that other machines take from here over NFS."""

import ipaddress

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.nfs_exports import NfsExport
from collectors.host.remote_mounts import RemoteMount

_LOOPBACK = ("127.0.0.0/8", "::1/128", "localhost")
_LAN = ("10.0.0.0/8", *_LOOPBACK)


def _trusted(machine: str, trusted: tuple[str, ...]) -> bool:
    """Whether a name or pattern is among the trusted ones, or an address or network lies in one of them."""
    if machine in trusted:
        return True
    try:
        inner = ipaddress.ip_network(machine, strict=False)
    except ValueError:
        return False
    return any(_holds(one, inner) for one in trusted)


def _holds(outer: str, inner: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        network = ipaddress.ip_network(outer, strict=False)
    except ValueError:
        return False
    if isinstance(network, ipaddress.IPv4Network) and isinstance(inner, ipaddress.IPv4Network):
        return inner.subnet_of(network)
    if isinstance(network, ipaddress.IPv6Network) and isinstance(inner, ipaddress.IPv6Network):
        return inner.subnet_of(network)
    return False


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        NfsExport("/srv", "10.0.0.0/24", ("rw", "sec=krb5p")),
        NfsExport("/srv", "db.example.com", ("xprtsec=mtls",)),
        NfsExport("/srv", "127.0.0.1", ("rw",)),
        given(NfsExport("/srv", "10.1.2.0/24"), trusted=_LAN),
        given(NfsExport("/srv", "db"), trusted=("db",)),
    ],
    fails=[
        NfsExport("/srv", "10.0.0.0/24", ("rw",)),
        NfsExport("/srv", "*", ("sec=krb5",)),
        NfsExport("/srv", "*", ("sec=krb5i:krb5p",)),
        given(NfsExport("/srv", "192.168.0.0/16"), trusted=_LAN),
    ],
)
def nfs_export_travels_encrypted_or_on_a_trusted_link(
    nfs_export: NfsExport, *, trusted: tuple[str, ...] = _LOOPBACK
) -> Verdict:
    """Files that are exported over NFS leave the machine only encrypted, or on a link that you trust.

    Why: records that travel across public networks must be encrypted, and NFS sends files in clear unless it is told not to.
    Fix: export with `sec=krb5p` (or `xprtsec=mtls` from Linux 6.6 and nfs-utils 2.6.4 on), or name the network under
    `trusted` where it is a cable of your own or a tunnel such as WireGuard.
    Settings:
        trusted: networks, host names and patterns, as they stand in the export, on links that you trust. Only this machine by
            default, since a private address does not tell what lies between.
    """
    observed = {"sec": nfs_export.flavours, "xprtsec": nfs_export.transports}
    if nfs_export.encrypted:
        return passed(**observed)
    if _trusted(nfs_export.client, trusted):
        return passed("the link is trusted", **observed)
    return failed("clients may take the files in clear", **observed)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        RemoteMount("/mnt", "nfs4", "nas:/pi", ("sec=krb5p",)),
        RemoteMount("/mnt", "cifs", "//nas/pi", ("vers=3.1.1", "seal")),
        RemoteMount("/mnt", "fuse.sshfs", "nas:/pi"),
        given(RemoteMount("/mnt", "nfs4", "nas:/pi", ("addr=10.1.1.1",)), trusted=_LAN),
    ],
    fails=[
        RemoteMount("/mnt", "nfs4", "nas:/pi", ("sec=sys",)),
        RemoteMount("/mnt", "cifs", "//nas/pi", ("vers=3.1.1",), mounted=False),
        RemoteMount("/mnt", "davfs", "http://nas/pi"),
    ],
    not_applicable=[RemoteMount("/mnt", "nfs4", "127.0.0.1:/", ())],
)
def remote_folder_is_mounted_only_encrypted(mount: RemoteMount, *, trusted: tuple[str, ...] = _LOOPBACK) -> Verdict:
    """A folder of another machine is mounted so that its files travel encrypted, or on a link that you trust.

    Why: records that travel across public networks must be encrypted; NFS and SMB send files in clear unless the mount or
    the server insists, and the mount is what this machine decides.
    Fix: in /etc/fstab mount NFS with `sec=krb5p` (or `xprtsec=mtls`), SMB with `seal` and without `vers=1.0`, WebDAV by
    https, or use sshfs. Where the network is a cable of your own or a tunnel, name it under `trusted`.
    Settings:
        trusted: names, addresses and networks of servers on links that you trust; only this machine by default.
    """
    observed = {"server": mount.server, "kind": mount.kind, "options": mount.options, "mounted": mount.mounted}
    if mount.local:
        return not_applicable("the server is this machine", **observed)
    if mount.encrypted:
        return passed(**observed)
    if _trusted(mount.server, trusted):
        return passed("the link is trusted", **observed)
    if mount.encrypted is None:
        return unknown(f"the mount does not tell whether {mount.kind} is encrypted", **observed)
    return failed("its files may travel in clear", **observed)


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[RemoteMount("/mnt", "cifs", "//nas/pi", ("vers=3.1.1",)), RemoteMount("/mnt", "cifs", "//nas/pi")],
    fails=[RemoteMount("/mnt", "cifs", "//nas/pi", ("vers=1.0",)), RemoteMount("/mnt", "smbfs", "//nas/pi")],
    not_applicable=[RemoteMount("/mnt", "nfs4", "nas:/pi")],
)
def remote_folder_is_not_mounted_with_smb1(mount: RemoteMount) -> Verdict:
    """No folder of another machine is mounted with SMB version 1.

    Why: SMB 1 neither encrypts nor guards against whoever is on the way, and passwords go out with an old method.
    Fix: take `vers=1.0` out of /etc/fstab (the kernel then asks for 2.1 or newer), and update the server if it has no newer.
    """
    if not mount.is_smb:
        return not_applicable("it is not mounted over SMB", kind=mount.kind)
    if mount.speaks_smb1:
        return failed("it asks for SMB 1", kind=mount.kind, options=mount.options, mounted=mount.mounted)
    return passed(kind=mount.kind, options=mount.options)
