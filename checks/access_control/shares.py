"""17.04(2)(a) over the network: what is exported, and to whom."""

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, passed
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
    fails=[
        NfsExport("/srv", "*", ("rw",)),
        NfsExport("/srv", "*.*", ("ro",)),
        NfsExport("/srv", "0.0.0.0/0", ("ro", "sec=sys:krb5")),
    ],
)
def nfs_export_names_its_clients(nfs_export: NfsExport, *, read_only_to_all: bool = False) -> Verdict:
    """No export is open to every machine that can reach it.

    Why: NFS believes what a client says of its users, so an export to everyone restricts access to nobody.
    A pattern of wildcards only (`*.*`) and a network of nearly all addresses (`0.0.0.0/1`) are everyone.
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


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[NfsExport("/srv", "10.0.0.0/24"), NfsExport("/srv", "10.0.0.0/24", ("insecure", "sec=krb5p"))],
    fails=[NfsExport("/srv", "10.0.0.0/24", ("rw", "insecure"))],
)
def nfs_export_listens_only_to_the_clients_system(nfs_export: NfsExport) -> Verdict:
    """Not every program on a client can say which user it acts for.

    Why: with `insecure` any program of any account on a client may call itself another user, and read that user's records;
    otherwise only the client's root can open the ports below 1024 that the server listens to.
    Fix: take `insecure` out of the export (the default is `secure`), or ask for Kerberos (`sec=krb5p`), and run
    `exportfs -ra`.
    """
    if nfs_export.takes_any_port and not nfs_export.kerberos:
        return failed("requests from any port of a client are believed", options=nfs_export.options)
    return passed(options=nfs_export.options)
