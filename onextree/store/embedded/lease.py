"""Sharing the embedded server: who needs it holds a lease, and who leaves last stops it.

A lease is a shared lock on a file, so the kernel gives it back when its holder is killed. A server
that outlives all of its holders that way is found by the next one, used, and stopped after it.
"""

import fcntl
import hashlib
import os
import pwd
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onextree.errors import ConfigurationError
from onextree.settings import Settings
from onextree.store.embedded.account import Account, server_account
from onextree.store.embedded.cluster import Cluster
from onextree.store.embedded.programs import ROOT_DIRECTORY, locate_programs

__all__ = ["destroy", "embedded_cluster", "lease"]

_SOCKET_PATH_LIMIT = 100
"""Bytes; the kernel allows 107 for the whole address, on macOS 103."""


def embedded_cluster(settings: Settings) -> Cluster:
    """The cluster of this home directory; nothing is started."""
    account = server_account(settings.embedded_user)
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{home} cannot be made ({error.strerror}); set ONEXTREE_HOME."
        ) from error
    if account.dropped:
        # The server's account may be unable to enter root's directories, and opening them up
        # would be worse: so the cluster lies elsewhere, under a name that the home remembers.
        directory = ROOT_DIRECTORY / "clusters" / _cluster_name(home)
        ROOT_DIRECTORY.mkdir(mode=0o755, parents=True, exist_ok=True)
        directory.parent.mkdir(mode=0o755, exist_ok=True)
        sockets = directory / "sockets"
    else:
        directory = home / "postgresql"
        sockets = _short_socket_directory(directory / "sockets", account)
    return Cluster(
        directory=directory,
        sockets=sockets,
        programs=locate_programs(account),
        account=account,
        peer=pwd.getpwuid(os.geteuid()).pw_name,
    )


def destroy(settings: Settings) -> None:
    """Remove the embedded server's data.

    Raises:
        ConfigurationError: Somebody uses it.
    """
    cluster = embedded_cluster(settings)
    with open(settings.home / "postgresql.leases", "ab") as leases:
        if not _is_last(leases.fileno()):
            raise ConfigurationError("The embedded PostgreSQL is in use; stop `onextree up` first.")
        cluster.destroy()


@contextmanager
def lease(settings: Settings) -> Iterator[Cluster]:
    """Have the embedded server running.

    Raises:
        DatabaseUnavailable: It does not start.
        ConfigurationError: This machine or a setting has to be changed first.
    """
    cluster = embedded_cluster(settings)
    with (
        open(settings.home / "postgresql.leases", "ab") as leases,
        open(settings.home / "postgresql.lock", "ab") as lock,
    ):
        fcntl.flock(leases, fcntl.LOCK_SH)
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            cluster.ensure_running()
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)
        try:
            yield cluster
        finally:
            if _is_last(leases.fileno()):
                cluster.stop()


def _is_last(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _cluster_name(home: Path) -> str:
    """A random name, written once: a home made anew never finds an older one's data."""
    marker = home / "cluster"
    if not marker.exists():
        with tempfile.NamedTemporaryFile("w", dir=home, delete=False) as scratch:
            scratch.write(secrets.token_hex(8))
        try:
            os.link(scratch.name, marker)
        except FileExistsError:
            pass
        finally:
            os.unlink(scratch.name)
    return marker.read_text().strip()


def _short_socket_directory(wanted: Path, account: Account) -> Path:
    """The wanted directory, or one with a short and plain name."""
    short = len(os.fsencode(wanted)) <= _SOCKET_PATH_LIMIT - len("/.s.PGSQL.5432")
    if short and re.fullmatch(r"[\w/.+-]+", str(wanted), re.ASCII):
        return wanted
    name = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"onextree-{account.uid}-{name}"
