import pytest

from collectors.host.apt_sources import apt_sources
from collectors.host.crypttab import crypttab
from collectors.host.log_shipping import log_shipping
from collectors.host.logrotate import rotations
from collectors.host.malware import malware_definitions
from collectors.host.rsyslog import rsyslog
from collectors.host.schedules import schedules
from collectors.host.units import units
from collectors.host.updates import security_updates
from collectors.readings import Unread
from collectors.transports.local import Shell
from tests.hosts import RunningHost

pytestmark = pytest.mark.real


def test_a_folder_that_may_not_be_listed_makes_it_unread(host: RunningHost) -> None:
    ordinary = Shell((*host.enter, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
    collectors = {
        "/etc/rsyslog.d": rsyslog,
        "/etc/logrotate.d": rotations,
        "/etc/audit/plugins.d": log_shipping,
        "/etc/systemd/system": units,
        "/etc/cron.daily": schedules,
        "/etc/cryptsetup-keys.d": crypttab,
        "/var/lib/clamav": malware_definitions,
        "/etc/apt/sources.list.d": apt_sources,
        "/var/lib/apt/lists": security_updates,
    }
    host.write("/etc/crypttab", "data /dev/sda2 none\n")
    host.path("/etc/audit").chmod(0o755)
    for folder, collector in collectors.items():
        host.path(folder).mkdir(parents=True, exist_ok=True)
        host.path(folder).chmod(0o700)
        host.run("chown", "root:root", folder)
        outcome = collector.outcome(ordinary.read(collector.sources))
        assert isinstance(outcome, Unread)
        assert f"{folder}: Permission denied" in outcome.reason
        host.path(folder).chmod(0o755)
