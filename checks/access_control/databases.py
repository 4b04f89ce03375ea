"""17.04(2)(a) at databases: around the server's own rules, through its files."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.databases import Databases

_STORE, _DUMP = ("/var/lib/mysql",), ("/var/backups/clients.sql.gz",)


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[Databases(stores=_STORE)],
    fails=[Databases(stores=_STORE, open_stores=("/var/lib/mysql/clients/people.ibd",))],
    not_applicable=[Databases(dumps=_DUMP)],
)
def database_files_are_closed_to_others(databases: Databases) -> Verdict:
    """The files that a database server keeps its data in cannot be read by every account.

    Why: whoever reads the files reads every record in them, whatever the database itself allows whom.
    Fix: `chmod o-rwx` the folder that is named. Databases make their files closed; a restored copy often is not.
    """
    if not databases.stores:
        return not_applicable("no folder of a database server is there")
    if databases.open_stores:
        return failed("everybody may read or write files of a database", paths=databases.open_stores[:10])
    return passed(folders=databases.stores)


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[Databases(dumps=_DUMP), Databases(dumps=_DUMP, hidden=True)],
    fails=[Databases(dumps=_DUMP, open_dumps=_DUMP)],
    not_applicable=[Databases(stores=_STORE)],
)
def database_dumps_are_closed_to_others(databases: Databases) -> Verdict:
    """Dumps of databases, and databases that are one file, in the usual places are not open to every account.

    Why: a dump is the whole database without its rules about who may read what, and tends to be forgotten.
    Fix: `chmod o-rwx` it, or remove it, or move it to where backups are kept; run the job that writes it with `umask 077`.
    """
    if not databases.dumps and databases.hidden:
        return unknown("whether there are dumps in folders that are closed to others could not be seen")
    if not databases.dumps:
        return not_applicable("no dump lies in the usual places")
    if databases.open_dumps:
        return failed(
            f"{len(databases.open_dumps)} dumps of databases may be read by everybody", paths=databases.open_dumps[:10]
        )
    return passed(dumps=len(databases.dumps))
