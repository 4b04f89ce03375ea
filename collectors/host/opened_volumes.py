"""Encrypted volumes that are open now, and what they are encrypted with."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host import block_tree
from collectors.host.block_tree import MOUNTED, NOT_SECRET, UUIDS, Cipher


@dataclass(frozen=True)
class OpenedVolume(Fact):
    """One dm-crypt device: LUKS, plain, VeraCrypt or BitLocker."""

    name: str
    """Its name below /dev/mapper."""
    ciphers: tuple[Cipher, ...] | None = ()
    """One, or two while a volume is encrypted anew; None where device-mapper's table is not shown."""

    @property
    def subject(self) -> str:
        """Its name below /dev/mapper."""
        return self.name

    @staticmethod
    def of(cipher: str, key_bits: int) -> "OpenedVolume":
        """An example: a volume with this cipher."""
        return OpenedVolume("root", (Cipher(cipher, key_bits),))


@collector(UUIDS, MOUNTED)
def opened_volumes(uuids: dict[str, str] | None, mounted: str) -> tuple[OpenedVolume, ...]:
    """The uuid of a device that cryptsetup made is ``CRYPT-KIND-``, the volume's own uuid where it has one, and its name."""
    said = block_tree.mounted(mounted)
    if said.ciphers is not None:
        return tuple(OpenedVolume(name, ciphers) for name, ciphers in said.ciphers.items())
    made = [uuid.strip() for uuid in (uuids or {}).values() if uuid.startswith("CRYPT-")]
    return tuple(OpenedVolume(uuid, None) for uuid in made if not uuid.startswith(NOT_SECRET))
