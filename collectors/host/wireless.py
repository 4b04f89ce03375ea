"""Wi-Fi networks that the machine knows, as NetworkManager, wpa_supplicant and iwd keep them."""

from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

# Pass phrases stay on the target: keys go by an allow list, and of a WEP key only that there is one.
_AWK = r"""
{ sub(/\r$/, "") }
FILENAME ~ /^\/etc\/(netplan|network)\// {
  if ($0 ~ /^[ \t]*(wifis[ \t]*:|(wpa|wireless)-)/) out("elsewhere")
  next
}
FILENAME ~ /^\/var\/lib\/iwd\// {
  if (tolower($0) ~ /^[ \t]*autoconnect[ \t]*=/) out($0)
  next
}
/^[ \t]*[#;]/ { next }
/^[ \t]*\[[^]]*\]/ { out($0); next }
FILENAME ~ /wpa_supplicant/ && /^[ \t]*[a-z0-9_-]*=?[{][ \t]*$/ { sub(/^[ \t]+/, ""); out($1); next }
FILENAME ~ /wpa_supplicant/ && /^[ \t]*[}]/ { out("}"); next }
match($0, /=/) {
  key = tolower(substr($0, 1, RSTART - 1)); gsub(/[ \t]/, "", key)
  if (key ~ /^wep[-_]key/) out("wep=yes")
  else if (key ~ /^(id|type|autoconnect|ssid|mode|key[-_]mgmt|proto|pairwise|disabled|wep-key-type)$/) out(key substr($0, RSTART))
}
"""

_WPA_DEFAULT = ("WPA-PSK", "WPA-EAP")


@dataclass(frozen=True)
class WirelessNetwork(Fact):
    """One remembered network."""

    name: str
    """Its SSID, or what the configuration calls it."""
    key_management: tuple[str, ...] = ()
    """In upper case, as wpa_supplicant names it (``WPA-PSK``, ``SAE``, ``OWE``, ``WPA-EAP``, ``IEEE8021X``); ``NONE``
    where there is no encryption or only WEP."""
    wep: bool = False
    """Whether it has a WEP key, or dynamic WEP."""
    joins_by_itself: bool = True
    protocols: tuple[str, ...] = ()
    """Versions of WPA it is limited to (``WPA`` is the first one, ``RSN`` is WPA2 and 3); empty where it is not."""
    ciphers: tuple[str, ...] = ()
    """Pairwise ciphers it is limited to (``TKIP``, ``CCMP``, ``GCMP``); empty where it is not."""
    path: str = field(default="", compare=False)

    @property
    def subject(self) -> str:
        """Its name."""
        return self.name

    @property
    def unencrypted(self) -> bool:
        """Whether anyone near by can read along, or no more than WEP keeps them from it."""
        return self.wep or "NONE" in self.key_management or "IEEE8021X" in self.key_management


@collector(
    excerpt(
        "wireless networks",
        "/etc/NetworkManager/system-connections/*",
        "/usr/lib/NetworkManager/system-connections/*",
        "/etc/wpa_supplicant/*.conf",
        "/etc/wpa_supplicant.conf",
        "/var/lib/iwd/*.open",
        "/var/lib/iwd/*.psk",
        "/var/lib/iwd/*.8021x",
        "/etc/netplan/*.yaml",
        "/etc/network/interfaces",
        "/etc/network/interfaces.d/*",
        awk=_AWK,
    )
)
def wireless_networks(text: str) -> tuple[WirelessNetwork, ...]:
    """nm-settings-keyfile(5), wpa_supplicant.conf(5) and iwd.network(5). Networks that netplan(5) or interfaces(5) keep are
    not read, so that where there are any, it is not known which.
    """
    found: list[WirelessNetwork] = []
    for path, lines in by_file(text).items():
        if path.startswith(("/etc/netplan/", "/etc/network/")):
            if lines:
                raise LookupError("wireless networks in a place that is not read")
            continue
        if path.startswith("/var/lib/iwd/"):
            found.append(_iwd(path, lines))
        elif "/NetworkManager/" in path:
            found += _network_manager(path, lines)
        else:
            found += _wpa_supplicant(path, lines)
    return tuple(dict.fromkeys(found))


def _iwd(path: str, lines: list[str]) -> WirelessNetwork:
    """The file's name is the network's, in hexadecimal after a ``=``; its ending is the security."""
    name, _, kind = path.rpartition("/")[2].rpartition(".")
    if name.startswith("="):
        name = bytes.fromhex(name[1:]).decode("utf-8", "backslashreplace")
    values = dict(_pair(line) for line in lines)
    # iwd joins a network that announces opportunistic encryption by the same file, and takes the open one if there is none.
    management = {"open": ("NONE",), "psk": ("WPA-PSK", "SAE"), "8021x": ("WPA-EAP",)}[kind]
    return WirelessNetwork(
        name, management, joins_by_itself=values.get("autoconnect", "true").lower() not in ("false", "0"), path=path
    )


def _pair(line: str) -> tuple[str, str]:
    key, _, value = line.partition("=")
    return key.strip().lower(), value.strip()


def _network_manager(path: str, lines: list[str]) -> list[WirelessNetwork]:
    sections: dict[str, dict[str, str]] = {}
    section = ""
    for line in lines:
        if line.lstrip().startswith("["):
            section = line.strip().strip("[]").replace("802-11-wireless", "wifi")
            sections.setdefault(section, {})
        else:
            key, value = _pair(line)
            sections.setdefault(section, {})[key] = value
    connection = sections.get("connection", {})
    if connection.get("type") not in ("wifi", "802-11-wireless"):
        return []
    security = sections.get("wifi-security")
    management = "NONE" if security is None else security.get("key-mgmt", "").upper()
    if not management:
        raise ValueError("a wireless connection with security but without key-mgmt")
    bare = security or {}
    wifi = sections.get("wifi", {})
    return [
        WirelessNetwork(
            wifi.get("ssid") or connection.get("id", ""),
            (management,),
            wep=security is not None and management in ("NONE", "IEEE8021X"),
            joins_by_itself=connection.get("autoconnect", "true").lower() not in ("false", "no", "0"),
            protocols=_listed(bare.get("proto", "")),
            ciphers=_listed(bare.get("pairwise", "")),
            path=path,
        )
    ]


def _listed(written: str) -> tuple[str, ...]:
    words = written.upper().strip('"').replace(";", " ").replace(",", " ").split()
    return tuple({"WPA2": "RSN"}.get(word, word) for word in words)


def _wpa_supplicant(path: str, lines: list[str]) -> list[WirelessNetwork]:
    found: list[WirelessNetwork] = []
    block: dict[str, str] | None = None
    for line in lines:
        if line.endswith("{"):
            block = {"": line}
        elif line == "}":
            if block is not None and block[""].startswith("network"):
                found += _block(path, block)
            block = None
        elif block is not None:
            key, value = _pair(line)
            block[key] = value
    return found


def _block(path: str, block: dict[str, str]) -> list[WirelessNetwork]:
    name = block.get("ssid", "").strip('"')
    management = _listed(block.get("key_mgmt", "")) or _WPA_DEFAULT
    if not name and management == ("IEEE8021X",):
        return []  # 802.1X on a cable
    return [
        WirelessNetwork(
            name or "any network",
            management,
            wep="wep" in block or "IEEE8021X" in management,
            joins_by_itself=block.get("disabled", "0") == "0",
            protocols=_listed(block.get("proto", "")),
            ciphers=_listed(block.get("pairwise", "")),
            path=path,
        )
    ]
