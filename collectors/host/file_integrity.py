"""Tools that notice when files of the system change."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Mode, Stat

_TOOLS = {
    "/usr/bin/aide": "aide",
    "/usr/sbin/aide": "aide",
    "/usr/sbin/tripwire": "tripwire",
    "/usr/sbin/samhain": "samhain",
    "/var/ossec/bin/wazuh-syscheckd": "wazuh",
    "/var/ossec/bin/ossec-syscheckd": "ossec",
}
_DATABASES = (
    "/var/lib/aide/aide.db",
    "/var/lib/aide/aide.db.gz",
    "/var/lib/tripwire/*.twd",
    "/var/lib/samhain/samhain_file",
)


@dataclass(frozen=True)
class FileIntegrity(Fact):
    """The tools that are installed, and those that know how the files were."""

    tools: tuple[str, ...] = ()
    """Of aide, tripwire, samhain, wazuh and ossec."""
    databases: tuple[str, ...] = ()
    """Paths of what was recorded to compare with."""

    def ready(self, tool: str) -> bool:
        """Whether a tool has what it compares with; wazuh and ossec keep that elsewhere, and it is not asked."""
        return tool in {"wazuh", "ossec"} or any(f"/{tool}" in path for path in self.databases)


@collector(Stat(*_TOOLS, *_DATABASES))
def file_integrity(modes: tuple[Mode, ...]) -> FileIntegrity:
    """By the files that the packages install."""
    tools = dict.fromkeys(_TOOLS[one.path] for one in modes if one.path in _TOOLS)
    return FileIntegrity(tuple(tools), tuple(one.path for one in modes if one.path not in _TOOLS and one.size))
