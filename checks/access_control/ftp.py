"""17.04(2)(a) at FTP servers."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, passed
from collectors.host.ftp import FtpServer


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[FtpServer("vsftpd"), given(FtpServer("vsftpd", anonymous=True), public=("vsftpd",))],
    fails=[FtpServer("vsftpd", anonymous=True), FtpServer("proftpd", anonymous=True, encrypted=True)],
)
def ftp_server_lets_in_nobody_without_an_account(ftp_server: FtpServer, *, public: tuple[str, ...] = ()) -> Verdict:
    """FTP is only for people with an account.

    Why: whoever reaches the server takes what lies in it, and nobody knows who it was. vsftpd lets in everybody unless its
    configuration says `anonymous_enable=NO`.
    Fix: set `anonymous_enable=NO` in vsftpd.conf, or take the section `<Anonymous>` out of proftpd.conf, and restart it.
    Settings:
        public: names of servers, as the finding tells them, that are meant for everybody and hold no personal information.
    """
    if not ftp_server.anonymous:
        return passed()
    if ftp_server.local_only:
        return passed("only this machine reaches it")
    if ftp_server.name in public:
        return passed("it is meant for everybody")
    return failed("it lets in everybody (anonymous)")
