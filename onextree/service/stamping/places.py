"""The files that paths on this machine name, each with its directory opened."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onextree.settings import Settings
from onextree.stamping.files import Refusal, RefusalCode, refusal_of
from onextree.stamping.listing import is_left_out, list_files
from onextree.tree.names import decode_name
from onextree.tree.reading.directories import Directories

__all__ = ["FilesTold", "Place", "Places", "Refused"]

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PASSED_OVER = frozenset({RefusalCode.NOT_FOUND, RefusalCode.SYMLINK, RefusalCode.NOT_A_FILE})


@dataclass(frozen=True, slots=True)
class Place:
    """A file that is named, or listed.

    Attributes:
        shown: Its path as people are told it.
        directory: The descriptor of its directory, open until the next place is asked for.
        key: The same for the same file.
        project_id, path: The project that it lies in, and where; else None, and its path below what
            was named.
        siblings: Names that are listed with it.
    """

    shown: str
    directory: int
    name: str
    key: tuple[str, str]
    project_id: str | None
    path: str
    is_named: bool
    siblings: Sequence[bytes] = ()

    def passes_over(self, code: RefusalCode) -> bool:
        """Whether a refusal is nothing to tell: what is listed can be a link, or gone."""
        return not self.is_named and code in _PASSED_OVER


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that stays as it is, and why."""

    path: str
    code: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return {"path": self.path, "code": self.code, "message": self.message}


@dataclass(slots=True)
class FilesTold:
    """What is told of many files.

    Attributes:
        refused: Files that stay as they are, and should not.
        skipped: Files of directories that are too large to be stamped.
        size_bytes: Of the files that were read.
    """

    refused: list[Refused] = field(default_factory=list)
    skipped: list[Refused] = field(default_factory=list)
    size_bytes: int = 0
    seconds: float = 0.0

    @property
    def errors(self) -> Mapping[str, int]:
        """How many files were refused, by code."""
        return Counter(each.code for each in self.refused)

    def refuse(self, place: Place, refusal: Refusal) -> None:
        """Tell of a file that stays as it is, unless that is nothing to tell."""
        if place.passes_over(refusal.code):
            return
        is_skipped = refusal.code is RefusalCode.TOO_LARGE and not place.is_named
        told = self.skipped if is_skipped else self.refused
        told.append(Refused(place.shown, refusal.code.value, refusal.message))

    def told(self) -> dict[str, Any]:
        """For JSON, what `refuse` was told."""
        return {
            "refused": [each.as_dict() for each in self.refused],
            "skipped": [each.as_dict() for each in self.skipped],
            "errors": self.errors,
            "size_bytes": self.size_bytes,
            "seconds": round(self.seconds, 3),
        }


class Places:
    """Paths on this machine.

    Args:
        settings: Its allowed roots are all that can be reached, whatever links there are.
        projects: Ids of registered projects by their roots.
    """

    def __init__(self, settings: Settings, projects: Mapping[Path, str] | None = None) -> None:
        self._roots = settings.allowed_root_directories
        self._git_timeout = settings.git_timeout
        self._projects = projects or {}
        self._around: dict[Path, tuple[str, Path] | None] = {}

    def find(self, paths: Iterable[str]) -> Iterator[Place | Refused]:
        """The files that are named, and those of the trees of directories; each of them once.

        Raises:
            OnexTreeError: A directory's files cannot be listed.
        """
        met: set[tuple[str, str]] = set()
        # What is named itself first: of that everything is told.
        for is_directory, named, path in sorted(map(_resolved, paths), key=lambda each: each[0]):
            for found in self._found(named, path, is_directory=is_directory):
                if isinstance(found, Place):
                    if found.key in met:
                        continue
                    met.add(found.key)
                yield found

    def _found(
        self, named: str, path: Path | Refusal, *, is_directory: bool
    ) -> Iterator[Place | Refused]:
        try:
            if isinstance(path, Refusal):
                raise path
            yield from self._listed(named, path) if is_directory else self._one(named, path)
        except Refusal as refusal:
            yield Refused(_text(Path(named)), refusal.code.value, refusal.message)

    def _one(self, named: str, path: Path) -> Iterator[Place | Refused]:
        if is_left_out(path.name):
            raise Refusal(
                RefusalCode.LEFT_OUT, "Sidecars and .onextree files carry no stamps themselves."
            )
        with ExitStack() as stack:
            directory = self._opened(path.parent, stack)
            project_id, inside = self._project_of(path.parent)
            yield Place(
                _text(Path(named)),
                directory,
                path.name,
                (str(path.parent), path.name),
                project_id,
                _text(inside / path.name) if project_id else _text(Path(path.name)),
                is_named=True,
            )

    def _listed(self, named: str, root: Path) -> Iterator[Place | Refused]:
        with ExitStack() as stack:
            descriptor = self._opened(root, stack)
            around = self._project_around(root)
            base = around[1] if around else root
            directories = stack.enter_context(closing(Directories(descriptor)))
            for below, names in list_files(root, base, git_timeout=self._git_timeout):
                relative = Path(os.fsdecode(below))
                shown = Path(named) / relative
                try:
                    directory = directories.descriptor(below)
                except OSError as error:
                    refusal = refusal_of(error)
                    if refusal.code not in _PASSED_OVER:
                        yield Refused(_text(shown), refusal.code.value, refusal.message)
                    continue
                project_id, inside = self._project_of(root / relative)
                for name in map(os.fsdecode, names):
                    if not is_left_out(name):
                        yield Place(
                            _text(shown / name),
                            directory,
                            name,
                            (str(root / relative), name),
                            project_id,
                            _text((inside if project_id else relative) / name),
                            is_named=False,
                            siblings=names,
                        )

    def _opened(self, directory: Path, stack: ExitStack) -> int:
        """Open a directory from the allowed root that it lies in, without following links.

        Raises:
            Refusal: It lies in none, or cannot be opened.
        """
        root = next((each for each in self._roots if directory.is_relative_to(each)), None)
        if root is None:
            raise Refusal(
                RefusalCode.OUTSIDE_ROOTS,
                f"{directory} lies outside of the allowed directories "
                f"({os.pathsep.join(map(str, self._roots))}); add one to ONEXTREE_ALLOWED_ROOTS.",
            )
        try:
            descriptor = os.open(root, _DIRECTORY)
            stack.callback(os.close, descriptor)
            directories = stack.enter_context(closing(Directories(descriptor)))
            return directories.descriptor(
                b"" if directory == root else os.fsencode(directory.relative_to(root))
            )
        except OSError as error:
            raise refusal_of(error) from None

    def _project_of(self, directory: Path) -> tuple[str | None, Path]:
        found = self._project_around(directory)
        if found is None:
            return None, Path()
        return found[0], directory.relative_to(found[1])

    def _project_around(self, directory: Path) -> tuple[str, Path] | None:
        """The innermost project that a directory lies in, and its root."""
        if directory not in self._around:
            self._around[directory] = next(
                (
                    (self._projects[each], each)
                    for each in (directory, *directory.parents)
                    if each in self._projects
                ),
                None,
            )
        return self._around[directory]


def _resolved(named: str) -> tuple[bool, str, Path | Refusal]:
    """Whether a path is a directory's, the path, and where that is."""
    try:
        path = _absolute(named)
        return path.is_dir() and not path.is_symlink(), named, path
    except Refusal as refusal:
        return False, named, refusal


def _absolute(named: str) -> Path:
    """The absolute path of what is named, without links but for its last part.

    A last part that is a link to a directory is followed; one to a file is refused.

    Raises:
        Refusal: It is not there, or such a link.
    """
    path = Path(named)
    try:
        if path.name in ("", ".."):
            return path.resolve(strict=True)
        path = path.parent.resolve(strict=True) / path.name
        if not stat.S_ISLNK(path.lstat().st_mode):
            return path
        target = path.resolve(strict=True)
    except (RuntimeError, ValueError) as error:
        raise Refusal(RefusalCode.NOT_FOUND, f"{error}.") from None
    except OSError as error:
        raise refusal_of(error) from None
    if target.is_dir():
        return target
    raise Refusal(RefusalCode.SYMLINK, "It is a symlink; name the file that it leads to.")


def _text(path: Path) -> str:
    """A path as it is stored."""
    return decode_name(os.fsencode(path))
