"""17.04(3) at FTP servers."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed
from collectors.host.ftp import FtpServer


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[FtpServer("vsftpd", encrypted=True)],
    fails=[FtpServer("vsftpd"), FtpServer("vsftpd", anonymous=True)],
    not_applicable=[FtpServer("vsftpd", local_only=True)],
)
def ftp_server_takes_only_encrypted_sessions(ftp_server: FtpServer) -> Verdict:
    """An FTP server takes logins and files only over TLS.

    Why: plain FTP sends names, passwords and records in clear, and no distribution's FTP server insists on TLS by itself.
    Fix: use sftp of OpenSSH instead. Otherwise set `ssl_enable=YES` in vsftpd.conf and leave `force_local_logins_ssl` and
    `force_local_data_ssl` on; for ProFTPD set `TLSEngine on` and `TLSRequired on`.
    """
    if ftp_server.local_only:
        return not_applicable("only this machine reaches it")
    if ftp_server.encrypted:
        return passed()
    return failed("logins or files may travel in clear", anonymous=ftp_server.anonymous)
