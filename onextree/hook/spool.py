r"""The spool: a directory with a small file for each thing that a hook noted.

An entry is written under another name and then renamed, so it is whole. It is six lines: the form,
the event, the old and the new commit (empty where git does not tell the hook), 0 where HEAD is
known to have stayed, and the top of the work tree, which may have newlines of its own and ends one
byte before the end of the file.
What else lies in the directory is left alone.
"""

import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from onextree.errors import ConfigurationError

__all__ = ["Entry", "Spool", "parse"]

_FORM = re.compile(
    rb"onextree-hook 1\n(post-(?:commit|merge|checkout|rewrite))\n"
    rb"((?:[0-9a-f]{40}(?:[0-9a-f]{24})?)?)\n((?:[0-9a-f]{40}(?:[0-9a-f]{24})?)?)\n"
    rb"([01]?)\n(/[^\0]*)\n",
    re.S,
)
_NAME = re.compile(r"onextree-[0-9A-Za-z]{10}(\.entry)?")
_LARGEST = 8_192  # bytes; a path has 4,096 at most
_MOST_NAMES = 100_000
_FORSAKEN = 3_600  # seconds; who writes an entry takes some milliseconds


@dataclass(frozen=True, slots=True)
class Entry:
    """What a hook noted.

    Attributes:
        old_commit: Where HEAD was, if git told the hook and there was a commit.
        new_commit: Where HEAD is, likewise.
        kept_head: Whether HEAD stayed: files were checked out, or a merge was squashed.
        top: The top of the work tree, absolute, without symlinks.
    """

    event: str
    old_commit: str | None
    new_commit: str | None
    kept_head: bool
    top: bytes


def parse(content: bytes) -> Entry | None:
    """The entry that these bytes are; None where they are none."""
    found = _FORM.fullmatch(content)
    if found is None:
        return None
    event, old, new, kind, top = found.groups()
    return Entry(event.decode(), _commit(old), _commit(new), kind == b"0", top)


def _commit(text: bytes) -> str | None:
    return text.decode() if text.strip(b"0") else None


class Spool:
    """A spool directory, which need not be there.

    Args:
        directory: Its absolute path.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @classmethod
    def of(cls, home: Path) -> "Spool":
        """The one that an installation drains, by its `ONEXTREE_HOME`."""
        return cls(home / "spool")

    def create(self) -> None:
        """Make the directory, for its owner alone; one that is there stays as it is.

        Raises:
            ConfigurationError: It cannot be made.
        """
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"The spool {self.directory} cannot be made ({error.strerror}); set ONEXTREE_HOME "
                "to a directory of yours, or give another one with --spool."
            ) from None

    def names(self, most: int) -> list[str]:
        """Names of entries, at most so many, in no order; also removes what was left half written.

        Raises:
            ConfigurationError: The directory cannot be read, or entries not be deleted.
        """
        try:
            with os.scandir(self.directory) as found:
                files = (each for each in found if not each.is_dir(follow_symlinks=False))
                names = [each.name for each in islice(files, _MOST_NAMES)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._closed(error.strerror) from None
        known = [match for match in map(_NAME.fullmatch, names) if match]
        if known and not os.access(self.directory, os.W_OK | os.X_OK):
            raise self._closed("it cannot be written to")
        for match in known:
            if match[1] is None:
                self._remove_forsaken(match[0])
        return [match[0] for match in known if match[1]][:most]

    def read(self, name: str) -> Entry | None:
        """An entry by its name; None where the file is none.

        Raises:
            FileNotFoundError: Somebody else has handled it.
        """
        try:
            descriptor = os.open(
                self.directory / name,
                os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
            )
        except FileNotFoundError:
            raise
        except OSError:
            return None
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
                return None
            return parse(file.read(_LARGEST))

    def entries(self, most: int) -> Iterator[tuple[str, Entry | None]]:
        """`names`, each with what `read` makes of it; those that vanish meanwhile are left out."""
        for name in self.names(most):
            with suppress(FileNotFoundError):
                yield name, self.read(name)

    def delete(self, name: str) -> None:
        """Have an entry handled; nothing happens where it is gone.

        Raises:
            ConfigurationError: It cannot be deleted.
        """
        try:
            (self.directory / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._closed(error.strerror) from None

    def _remove_forsaken(self, name: str) -> None:
        with suppress(OSError):
            path = self.directory / name
            if time.time() - path.lstat().st_mtime > _FORSAKEN:
                path.unlink()

    def _closed(self, reason: str | None) -> ConfigurationError:
        return ConfigurationError(
            f"The spool {self.directory} cannot be drained ({reason}); give it to the account that "
            "OnexTree runs as, or remove it."
        )
