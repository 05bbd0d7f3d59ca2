"""Moving the schema between revisions with Alembic, and the same as plain SQL."""

import io
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text

from onextree.errors import InvalidRequest
from onextree.store.database import Database, translated_errors

__all__ = ["MIGRATIONS", "downgrade", "render", "revisions", "upgrade"]

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

_LOCK = 0x6F6E657874726565  # "onextree": two processes never migrate at once
_CREATE = "CREATE TABLE public.onextree_alembic"
_SCRIPT_HEADER = """\
-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\\set ON_ERROR_STOP on

"""


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema up to a revision, in one transaction."""
    _run(database, command.upgrade, revision)


def downgrade(database: Database, revision: str = "base") -> None:
    """Take the schema down to a revision, in one transaction; ``base`` removes all of it."""
    _run(database, command.downgrade, revision)


def render(before: str, after: str, *, down: bool = False) -> str:
    """What leads from one revision to another, as a script for psql."""
    config = _config()
    config.output_buffer = buffer = io.StringIO()
    if down:
        command.downgrade(config, f"{before}:{after}", sql=True)
    else:
        command.upgrade(config, f"{before}:{after}", sql=True)
    script = buffer.getvalue().replace(_CREATE, _CREATE.replace("TABLE", "TABLE IF NOT EXISTS"))
    return f"{_SCRIPT_HEADER}{script.strip()}\n"


def revisions() -> list[str]:
    """The revisions that this version of OnexTree knows, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _run(database: Database, step: Callable[[Config, str], None], revision: str) -> None:
    config = _config()
    with translated_errors(), database.engine.begin() as connection:
        config.attributes["connection"] = connection
        connection.execute(
            text("SELECT set_config('lock_timeout', :timeout, true), pg_advisory_xact_lock(:key)"),
            {"key": _LOCK, "timeout": f"{round(database.lock_timeout * 1000)}ms"},
        )
        try:
            step(config, revision)
        except CommandError as error:
            raise InvalidRequest(f"{error}. See `onextree db current`.") from error
