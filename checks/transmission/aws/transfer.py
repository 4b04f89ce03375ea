"""17.04(3) at the Transfer Family."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed
from collectors.aws.transfer import TransferServer


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[TransferServer(), TransferServer(protocols=("FTPS",))],
    fails=[TransferServer(protocols=("SFTP", "FTP"))],
    not_applicable=[TransferServer(protocols=("FTP",), offline=True)],
)
def transfer_servers_speak_no_ftp(server: TransferServer) -> Verdict:
    """A server of the Transfer Family does not speak FTP.

    Why: FTP sends files, names and passwords unencrypted. AWS gives such a server private addresses only; its clients are
    elsewhere all the same, and what lies between is encrypted only where a VPN does it, which cannot be seen here.
    Fix: take FTP out of the server's protocols; SFTP and FTPS do the same encrypted.
    """
    observed = {"protocols": server.protocols}
    if server.offline:
        return not_applicable("the server is switched off", **observed)
    if "FTP" in server.protocols:
        return failed("it takes logins and files unencrypted", **observed)
    return passed(**observed)
