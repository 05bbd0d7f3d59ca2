"""One PostgreSQL cluster on this machine: made, started, stopped, found again after a crash.

Reached over a Unix socket with peer authentication only; the server listens on no TCP port.
"""

import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from onextree.errors import ConfigurationError, DatabaseUnavailable
from onextree.store.embedded.account import Account

__all__ = ["DATABASES", "ROLE", "Cluster"]

ROLE = "onextree"
DATABASES = ("onextree", "onextree_dagster")
_SUPERUSER = "postgres"
_DEADLINE = 60.0
_SOCKET_NAME = ".s.PGSQL.5432"
_CONFIGURATION = """
# Written by OnexTree when the cluster was made.
listen_addresses = ''
port = 5432
unix_socket_permissions = 0700
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster at rest or running.

    Attributes:
        directory: Belongs to the server's account; holds ``data`` and ``server.log``.
        sockets: Directory of the socket, mode 0700.
        programs: Directory of `postgres`, `initdb` and `pg_ctl`.
        account: Who the server runs as.
        peer: Name of the operating system's account that connects.
    """

    directory: Path
    sockets: Path
    programs: Path
    account: Account
    peer: str

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.directory / "server.log"

    def url(self, database: str, *, driver: str) -> str:
        """SQLAlchemy URL; the driver is ``psycopg`` or ``psycopg2``."""
        return f"postgresql+{driver}://{ROLE}@/{database}?host={self.sockets}"

    def ensure_running(self) -> None:
        """Make the cluster where there is none, and start the server unless it answers.

        The caller holds the lock of the cluster.

        Raises:
            DatabaseUnavailable: It did not answer in time; the message has the log's last lines.
        """
        self._own(self.directory)
        self._own(self.sockets)
        if not self.data.exists():
            self._initialise()
        deadline = time.monotonic() + _DEADLINE
        while not self._answers():
            self._start(deadline)
        self._create_databases()

    def stop(self) -> None:
        """Stop the server if it runs; what is committed is on disk before and after."""
        if self._postmaster() is not None:
            self._control("stop", "-m", "fast", "-w", "-t", str(int(_DEADLINE)))

    def destroy(self) -> None:
        """Stop the server and remove everything that it stored."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _own(self, directory: Path) -> None:
        if not directory.exists():
            directory.mkdir(mode=0o700, parents=True)
            os.chown(directory, self.account.uid, self.account.gid)
        # Not followed: in a directory that all can write to, a link may be somebody's trap.
        found = directory.lstat()
        if found.st_uid != self.account.uid or stat.S_IMODE(found.st_mode) & 0o077:
            raise ConfigurationError(
                f"{directory} must belong to {self.account.name} with mode 0700; "
                "remove it or set ONEXTREE_HOME to another directory."
            )

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there, so that it is whole or absent."""
        for unfinished in self.directory.glob("new-*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=self.directory, prefix="new-") as name:
            scratch = Path(name)
            os.chown(scratch, self.account.uid, self.account.gid)
            data = scratch / "data"
            self._run(
                self.programs / "initdb",
                f"--pgdata={data}",
                f"--username={_SUPERUSER}",
                "--auth-local=peer",
                "--auth-host=reject",
                "--encoding=UTF8",
                "--locale=C",
                "--no-instructions",
            )
            self._write(data / "pg_hba.conf", "local all all peer map=onextree\n")
            self._write(data / "pg_ident.conf", self._identities())
            with (data / "postgresql.conf").open("a") as configuration:
                configuration.write(_CONFIGURATION)
            os.rename(data, self.data)

    def _identities(self) -> str:
        """Peer maps want a line for each (account, role)."""
        return "".join(f'onextree "{self.peer}" {role}\n' for role in (ROLE, _SUPERUSER))

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        os.chown(path, self.account.uid, self.account.gid)

    def _start(self, deadline: float) -> None:
        """One try to start; where a killed server's processes still end, the next one works."""
        self._forget_reused_number()
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise DatabaseUnavailable(
                f"The embedded PostgreSQL did not start in {_DEADLINE:g} s. "
                f"Its log, {self.log}, ends: {self._log_tail()}"
            )
        started = self._control(
            "start",
            *("-w", "-t", str(max(1, int(remaining)))),
            *("-l", str(self.log)),
            *("-o", f"-c unix_socket_directories='{self.sockets}'"),
        )
        if started.returncode != 0:
            time.sleep(0.2)

    def _answers(self) -> bool:
        if not (self.sockets / _SOCKET_NAME).exists():
            return False
        try:
            with self.connect("postgres"):
                return True
        except psycopg.Error:
            return False

    def connect(self, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        """Connect as the superuser, for what the role of the databases may not do."""
        return psycopg.connect(
            host=str(self.sockets),
            user=_SUPERUSER,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _create_databases(self) -> None:
        with self.connect("postgres") as connection:
            role = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (ROLE,))
            if role.fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(ROLE)))
            for database in DATABASES:
                found = connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", (database,)
                )
                if found.fetchone() is None:
                    connection.execute(
                        sql.SQL("CREATE DATABASE {} OWNER {}").format(
                            sql.Identifier(database), sql.Identifier(ROLE)
                        )
                    )

    def _postmaster(self) -> psutil.Process | None:
        """The running server, or None; a number that another process has by now is no server."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            process = psutil.Process(int(lines[0]))
            if process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE:
                return process
        except (OSError, ValueError, IndexError, psutil.Error):
            pass
        return None

    def _forget_reused_number(self) -> None:
        """Remove a lock file whose process number belongs to somebody else by now.

        PostgreSQL would refuse to start for ever. A file of a dead process stays: through it
        PostgreSQL itself makes sure that no process of a killed server is left.
        """
        lock_file = self.data / "postmaster.pid"
        try:
            number = int(lock_file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if psutil.pid_exists(number) and not any(
            process.info["name"] == "postgres"
            and (process.info["pid"] == number or process.info["cwd"] == str(self.data))
            for process in psutil.process_iter(["pid", "name", "cwd"])
        ):
            lock_file.unlink(missing_ok=True)

    def _control(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        return self._run(
            self.programs / "pg_ctl", "-s", "-D", str(self.data), *arguments, check=False
        )

    def _run(
        self, program: Path, *arguments: str, check: bool = True
    ) -> "subprocess.CompletedProcess[bytes]":
        command: Sequence[str | Path] = (program, *arguments)
        try:
            done: subprocess.CompletedProcess[bytes] = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                timeout=_DEADLINE + 10,
                start_new_session=True,
                umask=0o077,
                check=False,
                **self.account.process_options(),  # type: ignore[call-overload]
            )
        except subprocess.TimeoutExpired:
            raise DatabaseUnavailable(
                f"{program.name} did not end in time; see {self.log}."
            ) from None
        if check and done.returncode != 0:
            raise ConfigurationError(
                f"{program.name} failed: {done.stdout.decode('utf-8', 'replace').strip()[-500:]}"
            )
        return done

    def _log_tail(self) -> str:
        try:
            return " | ".join(self.log.read_text("utf-8", "replace").splitlines()[-3:])
        except OSError:
            return "(no log)"
