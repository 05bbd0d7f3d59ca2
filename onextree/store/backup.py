"""Backups of everything stored, made and loaded by PostgreSQL's own pg_dump and pg_restore.

A backup holds rows and no schema: that is for the migrations, which bring an older backup up to
date. What other applications keep in the same database is left alone.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from onextree.errors import DatabaseError, InvalidRequest
from onextree.store import migrate, programs, schema
from onextree.store.database import Database, RawConnection

__all__ = ["Backup", "backup", "restore"]

_REVISION_TABLE = "onextree_alembic_version"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds.

    Attributes:
        revision: Of the schema that its rows are for.
        size: Bytes of the file.
    """

    file: Path
    revision: str
    projects: int
    versions: int
    size: int


def backup(database: Database, file: Path, *, overwrite: bool, timeout: float) -> Backup:
    """Write all rows, as of one moment, to a file that its owner alone may read.

    Args:
        overwrite: Replace a file that is there.
        timeout: Seconds that it may take.

    Raises:
        InvalidRequest: The file is there already, or its directory cannot be written.
        DatabaseError: pg_dump failed; no file is left.
        DeadlineExceeded: It took too long; no file is left.
    """
    schema.require_latest(database)
    file = file.absolute()
    if file.exists() and not overwrite:
        raise InvalidRequest(f"{file} exists already; name another file, or use --overwrite.")
    try:
        number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    except OSError as error:
        raise InvalidRequest(f"{file} cannot be written ({error.strerror}).") from error
    os.close(number)
    scratch = Path(name)
    try:
        with database.reading() as connection:
            programs.run(
                "pg_dump",
                *("--format=custom", "--data-only", f"--file={scratch}"),
                *("--table=onextree.*", f"--table=public.{_REVISION_TABLE}"),
                *("--no-owner", "--no-privileges"),
                f"--snapshot={_exported(connection)}",
                f"--lock-wait-timeout={round(database.lock_timeout * 1000)}",
                url=database.engine.url,
                timeout=timeout,
            )
            projects, versions = _counts(connection)
        _sync(scratch)
        size = scratch.stat().st_size
        os.replace(scratch, file)
        _sync(file.parent)
    finally:
        scratch.unlink(missing_ok=True)
    return Backup(file, schema.LATEST, projects, versions, size)


def restore(database: Database, file: Path, *, timeout: float) -> Backup:
    """Load a backup into a database that holds no projects or stamps, and bring it up to date.

    Args:
        timeout: Seconds that it may take.

    Raises:
        InvalidRequest: The file is no backup, or one of a newer OnexTree; or there are projects,
            or stamps.
        DatabaseError: Loading failed; no row of the backup is there.
        DeadlineExceeded: It took too long; no row of the backup is there.
    """
    file = file.absolute()
    revision = _revision(database, file)
    current = schema.current(database)
    if current is not None:
        _require_empty(database)
        # From nothing: what an empty schema has counted shall not meet what is loaded.
        migrate.downgrade(database)
    migrate.upgrade(database, revision)
    programs.run(
        "pg_restore",
        *("--data-only", "--schema=onextree", "--no-owner", "--no-privileges"),
        *("--single-transaction", "--exit-on-error"),
        programs.database_option(database.engine.url),
        str(file),
        url=database.engine.url,
        timeout=timeout,
    )
    migrate.upgrade(database)
    with database.transaction() as connection:
        # Until the server has looked at the tables, it would plan as if they were empty.
        connection.execute("ANALYZE onextree.versions, onextree.current_entries, onextree.stamps")
    with database.reading() as connection:
        projects, versions = _counts(connection)
    return Backup(file, revision, projects, versions, file.stat().st_size)


def _revision(database: Database, file: Path) -> str:
    """The revision of a backup's rows."""
    try:
        table = programs.run(
            "pg_restore",
            *("--data-only", f"--table={_REVISION_TABLE}", "--file=-", str(file)),
            url=database.engine.url,
            timeout=60,
        )
    except DatabaseError as error:
        raise InvalidRequest(f"{file} is no backup of OnexTree: {error.message}") from error
    lines = table.splitlines()
    start = next((n for n, line in enumerate(lines, 1) if line.startswith("COPY ")), None)
    if start is None:
        raise InvalidRequest(f"{file} is an archive of PostgreSQL, but no backup of OnexTree.")
    revision = lines[start].strip()
    if revision not in migrate.revisions():
        raise InvalidRequest(
            f"{file} is of a newer OnexTree (revision {revision}); restore it with that one."
        )
    return revision


def _require_empty(database: Database) -> None:
    with database.reading() as connection:
        projects, _ = _counts(connection)
        holds = f"{projects:,} projects" if projects else _stamps(connection)
    if holds:
        raise InvalidRequest(
            f"The database holds {holds}, and a restore replaces nothing: load the "
            "backup into another database, or empty this one with `onextree db downgrade base`."
        )


def _counts(connection: RawConnection) -> tuple[int, int]:
    """How many projects and versions are there."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM onextree.projects), count(*) FROM onextree.versions"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _stamps(connection: RawConnection) -> str | None:
    """What is said of stamps, also of no project; None where there are none."""
    known = connection.execute("SELECT to_regclass('onextree.stamps')").fetchone()
    if known is None or known[0] is None:  # the schema is an older one
        return None
    found = connection.execute("SELECT FROM onextree.stamps LIMIT 1").fetchone()
    return None if found is None else "stamps"


def _exported(connection: RawConnection) -> str:
    """The name of a transaction's snapshot, for pg_dump to see the same rows."""
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    return str(row[0])


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
