"""``wispwatch target-script``: the script that an administrator installs on hosts, and how."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from agent.commands.options import Named, chosen_targets, config_option
from agent.config import Config, Target, load
from agent.discover import discover_for
from agent.errors import ConfigError, UnreachableError
from agent.plan import Plan, plan
from agent.printable import printable
from agent.ssh.access import access_of
from agent.ssh.installed import sources_of
from collectors.transports.ssh.access import INSTALLED_PATH, Privilege
from collectors.transports.ssh.installed import Installed, installed

_NAMED = 5
_USER = "scanner"


@click.command("target-script")
@config_option
@click.option("--target", "names", multiple=True, metavar="NAME", help="For this target of the configuration.")
@click.option("--host", "hosts", multiple=True, metavar="[USER@]HOST[:PORT]", help="For a host that --host names.")
@click.option("--install-instructions", "instructions", is_flag=True, help="Tell how to install it instead.")
@click.option("--digest", is_flag=True, help="Tell its SHA-256 instead.")
def command(
    config_path: Path | None, names: tuple[str, ...], hosts: tuple[str, ...], instructions: bool, digest: bool
) -> int:
    """Print the script for hosts that are read with `privilege: installed`.

    It is the same for every host of one version and configuration, except where personal information is declared for some
    of them only: then --target says for which. Install it as root, as --install-instructions tells.
    """
    from agent.ownership import refuse_foreign_owners  # noqa: PLC0415 - not for --help

    refuse_foreign_owners()
    named = Named(names, hosts)
    config = load(config_path)
    chosen = plan(config, discover_for(config.named_checks, {"ssh"}))
    script, target = _one_script(chosen, _hosts(config, named), named)
    if digest:
        click.echo(script.digest)
    elif instructions:
        for line in _instructions(chosen, script, target, named):
            click.echo(line)
    else:
        sys.stdout.write(script.script.decode())
    return 0


def _hosts(config: Config, named: Named) -> tuple[Target, ...]:
    """The hosts over SSH that are named; where none is, those whose privilege it is, or a host about which nothing is said."""
    if named != Named():
        return chosen_targets(config, named)
    own = (one for one in config.targets if one.kind in {"ssh", "fleet"})
    return tuple(one for one in own if one.ssh.over(config.ssh).privilege == Privilege.INSTALLED) or (
        Target(name="", kind="ssh"),
    )


def _one_script(chosen: Plan, targets: tuple[Target, ...], named: Named) -> tuple[Installed, Target]:
    """The one script of all these hosts, and the first of them. ``ConfigError`` where they need several."""
    scripts: dict[str, Installed] = {}
    of: dict[str, list[Target]] = {}
    for target in _members(chosen, targets):
        script = installed(sources_of(chosen, target.name))
        scripts[script.digest] = script
        of.setdefault(script.digest, []).append(target)
    if len(of) > 1:
        raise ConfigError(_several(of))
    (script,) = scripts.values()
    everywhere = all(place.asset == "*" for place in chosen.personal_information.places)
    if named == Named() and targets[0].name == "" and not everywhere:
        raise ConfigError(
            "personal_information.places: are declared for some hosts only, and the script reads them: name the host with"
            " --target or --host"
        )
    return script, of[script.digest][0]


def _members(chosen: Plan, targets: tuple[Target, ...]) -> Iterator[Target]:
    for target in targets:
        if target.kind not in {"ssh", "fleet"}:
            raise ConfigError(f"--target {target.name}: is no host over SSH, but of kind {target.kind}")
        if not target.has_members:
            yield target
            continue
        from agent.scanning.many import members_of  # noqa: PLC0415 - only a fleet has any

        try:
            _, members = members_of(chosen, target)
        except UnreachableError as fault:
            raise ConfigError(f"{target.name}: {fault}; name one host as --target {target.name}/HOST") from fault
        yield from members


def _several(of: Mapping[str, list[Target]]) -> str:
    told = [
        "what is declared under personal_information differs between hosts, and so do their scripts; choose one with"
    ]
    told[0] += " --target (or --host):"
    for same in of.values():
        names = ", ".join(printable(one.name, 100) for one in same[:_NAMED])
        told.append(f"  one script: {names}{f' and {len(same) - _NAMED} more' if len(same) > _NAMED else ''}")
    return "\n".join(told)


def _instructions(chosen: Plan, script: Installed, target: Target, named: Named) -> Iterator[str]:
    """What an administrator does, step by step. What stands in it of the configuration was checked when that was read."""
    access = access_of(target.name or "host", target.ssh.over(chosen.ssh))
    path, user = access.installed_path, access.user or _USER
    words = " ".join(
        [
            "wispwatch target-script",
            *(f"--target {one}" for one in named.names),
            *(f"--host {one}" for one in named.hosts),
        ]
    )
    folder, name = path.rpartition("/")[0], path.rpartition("/")[2]
    yield f"""\
# The script for hosts that are read with `privilege: installed`. {user} is the account that logs in there.

# 1. Where wispwatch runs, with the configuration that is used for scans:
{printable(words)} > {name}
sha256sum {name}
#    {script.digest}

# 2. Bring it to the host by a way of your own (scp, Ansible, a package), into a folder that {user} cannot write to.

# 3. On the host, as root. The folders above it must be writable by root alone, too; the script refuses to run otherwise.
mkdir -p {folder}
cp {name} {path}.new
chown root:root {path}.new
chmod 0755 {path}.new
mv {path}.new {path}

# 4. On the host, as root: this one command, without arguments. The two quotes at the end belong to it.
visudo -f /etc/sudoers.d/wispwatch
#    write these lines:
#      Defaults!{path} env_reset, !requiretty
#      {user} ALL=(root) NOPASSWD: {path} ""
visudo -c

# 5. On the host: is it the one of step 1, and whose is it?
sha256sum {path}
#    {script.digest}
stat -c '%U %G %a' {path}
#    root root 755

# 6. On the host, as root: may {user} start it? It must say that it takes one line of 32 hexadecimal digits.
su -s /bin/sh {user} -c 'sudo -n {path} </dev/null'
#    wispwatch-read: takes one line of 32 hexadecimal digits

# 7. In the configuration of wispwatch, for the target or under ssh for all:
#      ssh: {{user: {user}, privilege: installed{"" if path == INSTALLED_PATH else f", installed_path: {path}"}}}

# To update it: after an update of wispwatch, and after a change of its checks, frameworks or personal_information, compare
# the digest of step 5 with the one that this prints:
#      {printable(words)} --digest
# Where they differ, do steps 1 to 3 and 5 again. Until then everything on that host is unknown, and says so.
# To remove it: rm /etc/sudoers.d/wispwatch {path}"""
