"""17.04(3) at Samba."""

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed
from collectors.host.samba import SambaServer, SambaShare


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[SambaServer(min_protocol="SMB2_02")],
    fails=[SambaServer(min_protocol="NT1"), SambaServer(min_protocol="LANMAN1")],
    not_applicable=[SambaServer(min_protocol="NT1", local_only=True)],
)
def samba_speaks_no_smb1(samba: SambaServer) -> Verdict:
    """Samba refuses SMB version 1 and older.

    Why: SMB 1 has no encryption that its clients would use and weak signing; whoever is on the way reads and changes files.
    Fix: set `server min protocol = SMB3` (or SMB2_10 where old clients remain) in [global] of smb.conf and reload Samba.
    """
    if samba.local_only:
        return not_applicable("it listens on the loopback interface only")
    if samba.speaks_smb1:
        return failed("clients may ask for SMB 1 or older", server_min_protocol=samba.min_protocol)
    return passed(server_min_protocol=samba.min_protocol)


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[
        SambaServer(signing="required"),
        SambaServer(encrypt="required"),
        SambaServer(role="active directory domain controller"),
    ],
    fails=[SambaServer(), SambaServer(signing="auto", encrypt="desired")],
    not_applicable=[SambaServer(local_only=True)],
)
def samba_requires_signed_sessions(samba: SambaServer) -> Verdict:
    """Samba refuses sessions that are not signed.

    Why: without signing whoever is on the way changes files as they pass, or acts in the name of the person (relay).
    Fix: set `server signing = mandatory` in [global] of smb.conf and reload Samba. Windows and current clients can all sign.
    """
    if samba.local_only:
        return not_applicable("it listens on the loopback interface only")
    if samba.requires_signing or samba.requires_encryption:
        return passed(server_signing=samba.signing, smb_encrypt=samba.encrypt)
    return failed("sessions without signatures are taken", server_signing=samba.signing, smb_encrypt=samba.encrypt)


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[SambaShare("hr", encrypt="required"), given(SambaShare("forms"), in_clear=("forms",))],
    fails=[SambaShare("hr"), SambaShare("hr", encrypt="desired")],
    not_applicable=[SambaShare("hr", local_only=True)],
)
def samba_share_requires_encryption(share: SambaShare, *, in_clear: tuple[str, ...] = ()) -> Verdict:
    """The files of a share travel encrypted, or not at all.

    Why: records that travel across public networks must be encrypted, and by default Samba encrypts only for who asks.
    Fix: set `server smb encrypt = required` (before Samba 4.15 `smb encrypt = required`) in the share or in [global] of
    smb.conf and reload Samba; clients then need SMB 3.
    Settings:
        in_clear: names of shares that hold no personal information, or are used only on links that you trust.
    """
    if share.local_only:
        return not_applicable("only this machine may use it", path=share.path)
    if share.requires_encryption:
        return passed(smb_encrypt=share.encrypt, path=share.path)
    if share.name in in_clear:
        return passed("the configuration accepts it in clear", smb_encrypt=share.encrypt, path=share.path)
    return failed("it is given to clients that do not encrypt", smb_encrypt=share.encrypt, path=share.path)
