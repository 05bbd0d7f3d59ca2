"""PostgreSQL's own client programs, run against the database that the settings name."""

import os
import re
import subprocess

from psycopg import conninfo, pq
from sqlalchemy.engine import URL

from onextree.errors import DatabaseError, DeadlineExceeded
from onextree.store.embedded.programs import installed_programs

__all__ = ["database_option", "run"]

_SAID = 1000  # characters: what failed may quote a row


def run(program: str, *arguments: str, url: URL, timeout: float) -> str:
    """What a program prints; it finds the database by its environment.

    Args:
        url: Of the database. A command line is no place for it: everybody can see those.
        timeout: Seconds until the program is killed.

    Raises:
        DatabaseError: It failed; the message is what it said.
        DeadlineExceeded: It was killed.
    """
    try:
        done = subprocess.run(
            [installed_programs() / program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=_environment(url),
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DeadlineExceeded(
            f"{program} was stopped after {timeout:g} s; raise ONEXTREE_BACKUP_TIMEOUT."
        ) from None
    if done.returncode != 0:
        said = re.sub(
            rf"\s*^{program}: (error|detail|hint): ", " ", done.stderr, flags=re.MULTILINE
        )
        raise DatabaseError(f"{program}: {said.strip()[:_SAID] or f'status {done.returncode}'}")
    return done.stdout


def database_option(url: URL) -> str:
    """The option for programs that want to be told the database's name."""
    return f"--dbname={conninfo.make_conninfo(dbname=url.database or '')}"


def _environment(url: URL) -> dict[str, str]:
    """This process's own, with what the URL says in libpq's variables."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    variables = {
        option.keyword.decode(): option.envvar.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar
    }
    named = {
        variables[keyword]: str(value)
        for keyword, value in conninfo.conninfo_to_dict(address).items()
        if keyword in variables
    }
    return {
        **os.environ,
        "PGCONNECT_TIMEOUT": "10",
        "PGAPPNAME": "onextree",
        **named,
        "LC_ALL": "C",
    }
