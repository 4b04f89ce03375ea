"""17.04(3), its second half: everything that goes through the air is encrypted."""

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed
from collectors.host.wireless import WirelessNetwork

_HOME = WirelessNetwork("home", ("WPA-PSK",))
_CAFE = WirelessNetwork("cafe", ("NONE",))


@check(
    "17.04(3)",
    facet="wireless",
    severity=HIGH,
    passes=[
        _HOME,
        WirelessNetwork("guest", ("OWE",)),
        given(WirelessNetwork("cafe", ("NONE",), joins_by_itself=False)),
    ],
    fails=[
        _CAFE,
        WirelessNetwork("old", ("NONE",), wep=True),
        given(WirelessNetwork("cafe", ("NONE",), joins_by_itself=False), only_automatic=False),
    ],
)
def wireless_network_is_encrypted(wireless_network: WirelessNetwork, *, only_automatic: bool = True) -> Verdict:
    """The machine joins no open Wi-Fi network, and none with WEP, by itself.

    Why: all data containing personal information to be transmitted wirelessly must be encrypted; an open network encrypts
    nothing, and WEP is opened within minutes.
    Fix: forget the network (`nmcli connection delete`), turn its autoconnect off, or move it to WPA2 or WPA3.
    Settings:
        only_automatic: whether only networks count that are joined without asking. On; turn it off to refuse also those
            that a person must choose.
    """
    automatic = wireless_network.joins_by_itself
    observed = {"security": wireless_network.key_management, "wep": wireless_network.wep, "automatic": automatic}
    if wireless_network.unencrypted and (automatic or not only_automatic):
        kind = "has only WEP" if wireless_network.wep else "is open"
        return failed(f"the network {kind}", **observed)
    return passed(**observed)


@check(
    "17.04(3)",
    facet="wireless",
    severity=MEDIUM,
    passes=[_HOME, WirelessNetwork("a", ("WPA-PSK",), protocols=("RSN",), ciphers=("CCMP",))],
    fails=[
        WirelessNetwork("a", ("WPA-PSK",), protocols=("WPA",)),
        WirelessNetwork("a", ("WPA-PSK",), ciphers=("CCMP", "TKIP")),
    ],
    not_applicable=[_CAFE],
)
def wireless_network_uses_no_tkip(wireless_network: WirelessNetwork) -> Verdict:
    """No Wi-Fi network is set to the first WPA or its cipher TKIP.

    Why: TKIP was a stopgap on top of WEP's cipher; it is withdrawn, and parts of what it carries can be read and forged.
    Fix: take `WPA` out of `proto` and `TKIP` out of `pairwise` (or the lines altogether) and let the access point use WPA2
    or WPA3.
    """
    if wireless_network.unencrypted:
        return not_applicable("the network has no WPA at all")
    protocols, ciphers = wireless_network.protocols, wireless_network.ciphers
    if protocols and "RSN" not in protocols:
        return failed("the network uses only the first WPA", proto=protocols)
    if "TKIP" in ciphers:
        return failed("the network allows TKIP", pairwise=ciphers)
    return passed(proto=protocols or "not limited", pairwise=ciphers or "not limited")
