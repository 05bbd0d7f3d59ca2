"""The operating system's account that the embedded server runs as: PostgreSQL refuses root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass

from onextree.errors import ConfigurationError

__all__ = ["Account", "server_account"]


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the operating system.

    Attributes:
        dropped: Whether it is another one than the caller's, so that the caller is root.
    """

    name: str
    uid: int
    gid: int
    dropped: bool

    def process_options(self) -> dict[str, object]:
        """Arguments for `subprocess` that give up the caller's rights."""
        if not self.dropped:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account(dropped_name: str) -> Account:
    """The caller's own account, or for root the one of that name, made where it is missing.

    Raises:
        ConfigurationError: The caller has no name; or root has no such account and cannot make it.
    """
    if os.geteuid() != 0:
        try:
            entry = pwd.getpwuid(os.geteuid())
        except KeyError:
            raise ConfigurationError(
                f"User {os.geteuid()} has no name on this system, which PostgreSQL wants; add it "
                "to /etc/passwd or set ONEXTREE_DATABASE_URL."
            ) from None
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, dropped=False)
    try:
        entry = pwd.getpwnam(dropped_name)
    except KeyError:
        entry = _create(dropped_name)
    if entry.pw_uid == 0:
        raise ConfigurationError("ONEXTREE_EMBEDDED_USER must not be root; PostgreSQL refuses it.")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, dropped=True)


def _create(name: str) -> pwd.struct_passwd:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is not None:
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command = [program, *options, "--shell", "/usr/sbin/nologin", name]
        made = subprocess.run(command, capture_output=True, timeout=30, check=False)
        # 9: it exists by now, another process was first.
        if made.returncode in (0, 9):
            return pwd.getpwnam(name)
    raise ConfigurationError(
        f"PostgreSQL does not run as root, and the account {name!r} could not be made; create a "
        "system account and name it in ONEXTREE_EMBEDDED_USER, or set ONEXTREE_DATABASE_URL."
    )
