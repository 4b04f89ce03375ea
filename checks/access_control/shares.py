"""17.04(2)(a) over the network: what is exported, and to whom."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, passed
from collectors.host.nfs_exports import NfsExport


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[NfsExport("/srv", "10.0.0.0/24", ("rw",)), NfsExport("/srv", "*", ("rw", "no_root_squash", "root_squash"))],
    fails=[NfsExport("/srv", "10.0.0.0/24", ("rw", "no_root_squash"))],
)
def nfs_export_does_not_trust_the_clients_root(nfs_export: NfsExport) -> Verdict:
    """The administrator of a client is not the administrator of the exported files.

    Why: with `no_root_squash` whoever is root on any of the clients reads and changes every record in the export.
    Fix: take `no_root_squash` out of the export (the default is `root_squash`) and run `exportfs -ra`.
    """
    if nfs_export.keeps_root:
        return failed("root of a client is root in the export", options=nfs_export.options)
    return passed(options=nfs_export.options)


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[
        NfsExport("/srv", "10.0.0.0/24", ("rw",)),
        NfsExport("/srv", "*", ("rw", "sec=krb5p")),
        given(NfsExport("/pub", "*", ("ro",)), read_only_to_all=True),
    ],
    fails=[NfsExport("/srv", "*", ("rw",)), NfsExport("/srv", "*", ("ro",))],
)
def nfs_export_names_its_clients(nfs_export: NfsExport, *, read_only_to_all: bool = False) -> Verdict:
    """No export is open to every machine that can reach it.

    Why: NFS believes what a client says of its users, so an export to everyone restricts access to nobody.
    Fix: name hosts or networks in /etc/exports, or ask for Kerberos (`sec=krb5p`). Beware of a blank before the options:
    `host (rw)` gives everyone what was meant for the host. Then run `exportfs -ra`.
    Settings:
        read_only_to_all: whether an export to everyone is accepted when it is read-only. Off, since records are to be read
            only by those who need them; turn it on where the exports hold none.
    """
    if not nfs_export.to_everyone or (read_only_to_all and not nfs_export.writable):
        return passed(client=nfs_export.client, options=nfs_export.options)
    what = "writable" if nfs_export.writable else "readable"
    return failed(f"the export is {what} for every machine that can reach it", options=nfs_export.options)
