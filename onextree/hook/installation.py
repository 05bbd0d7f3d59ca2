"""Installing the hook into a repository, looking at it, and removing it.

A hook that was there before gets another name beside ours, which runs it, and its own one back
when ours is removed.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from os import fsencode
from pathlib import Path

from onextree.errors import ConfigurationError
from onextree.hook.directory import HookDirectory, opened
from onextree.hook.places import hooks_directory, require_work_tree
from onextree.hook.script import EVENTS, KEPT, Baked, baked, is_ours, render
from onextree.hook.spool import Spool

__all__ = ["Hook", "Installed", "State", "install", "look", "remove"]

_BY_ITS_NAME = re.compile(
    rb"basename\W+\$\{?0|\$\{0##|PROGRAM_NAME|argv\[0\]|^\s*(?:\.|source)\s[^\n]*\$[({][^\n]*0",
    re.M,
)
"""What a hook says that goes by the name of its own file, or loads others by it."""


class State(StrEnum):
    """How a hook is, or what became of it."""

    INSTALLED = "installed"
    OUTDATED = "outdated"
    ABSENT = "absent"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Hook:
    """One of the hooks.

    Attributes:
        event: Its name in git.
        chained: The file of another hook for it, which ours runs or which runs alone; None where
            there is none.
    """

    event: str
    state: State
    chained: str | None


@dataclass(frozen=True, slots=True)
class Installed:
    """The hooks of a repository.

    Attributes:
        top: Of the work tree that was asked about.
        directory: Where git takes hooks from.
        baked: What ours were made with; None where there are none.
    """

    top: Path
    directory: Path
    hooks: Sequence[Hook]
    baked: Baked | None


def install(path: Path, *, spool: Path, api: str, timeout: float) -> Installed:
    """Have the hooks in the repository of a directory; what is up to date is left alone.

    Args:
        path: In a work tree.
        spool: Absolute; made where it is missing.
        api: Address of the API, ``http://HOST:PORT``; empty where nothing is to be sent.
        timeout: Seconds that one git process may take.

    Raises:
        ProjectRootNotFound, InvalidRequest: It lies in no work tree.
        ConfigurationError: The hooks cannot be where git looks for them; nothing was changed.
    """
    work_tree = require_work_tree(path, timeout=timeout)
    place = hooks_directory(work_tree)
    values = Baked(fsencode(spool), api.encode(), fsencode(sys.executable))
    with opened(place, make=True) as directory:
        assert directory is not None
        for event in EVENTS:
            _check(directory, event)
        Spool(spool).create()
        for event in EVENTS:
            _install(directory, event, render(event, values))
    return look(path, timeout=timeout)


def look(path: Path, *, timeout: float) -> Installed:
    """What is installed; nothing is changed. Arguments and errors as of `install`."""
    work_tree = require_work_tree(path, timeout=timeout)
    place = hooks_directory(work_tree)
    with opened(place) as directory:
        contents = {event: _content(directory, event) for event in EVENTS}
        hooks = [
            Hook(event, _state(event, content), _chained(directory, event))
            for event, content in contents.items()
        ]
    known = [baked(content) for content in contents.values() if content]
    return Installed(work_tree.top, place, hooks, known[0] if known else None)


def remove(path: Path, *, timeout: float) -> Installed:
    """Remove the hooks; those that were there before get their names back.

    Arguments and errors as of `install`; hooks that are not ours are left alone.
    """
    before = look(path, timeout=timeout)
    hooks = []
    with opened(before.directory) as directory:
        for hook in before.hooks:
            state = State.ABSENT
            if directory is not None and (name := _find(directory, hook.event)) is not None:
                state = State.REMOVED
                if directory.has(hook.event + KEPT):
                    directory.restore(hook.event + KEPT, name)
                else:
                    directory.delete(name)
            hooks.append(Hook(hook.event, state, _chained(directory, hook.event)))
    return Installed(before.top, before.directory, hooks, before.baked)


def _find(directory: HookDirectory, event: str) -> str | None:
    """The file in which ours is: of the event's name, or of a longer one that others gave it."""
    others = (name for name in directory.names() if name.startswith(f"{event}."))
    return next((name for name in (event, *others) if _is_ours(directory, name)), None)


def _is_ours(directory: HookDirectory, name: str) -> bool:
    try:
        return is_ours(directory.read(name) or b"")
    except ConfigurationError:
        return False


def _content(directory: HookDirectory | None, event: str) -> bytes | None:
    name = _find(directory, event) if directory is not None else None
    return directory.read(name) if directory is not None and name is not None else None


def _state(event: str, content: bytes | None) -> State:
    if content is None:
        return State.ABSENT
    values = baked(content)
    is_current = values is not None and content == render(event, values)
    return State.INSTALLED if is_current else State.OUTDATED


def _chained(directory: HookDirectory | None, event: str) -> str | None:
    if directory is None:
        return None
    if directory.has(event + KEPT):
        return event + KEPT
    return event if directory.has(event) and not _is_ours(directory, event) else None


def _check(directory: HookDirectory, event: str) -> None:
    """Whether ours can be installed.

    Raises:
        ConfigurationError: A hook that is there is in the way.
    """
    if _find(directory, event) is not None:
        return
    content = directory.read(event)
    if content is None:
        return
    place = directory.path / event
    if _BY_ITS_NAME.search(content):
        raise ConfigurationError(
            f"{place} goes by the name of its own file and would do something else under "
            f"{event}{KEPT}; give it the name in another way first. Commits are found without a "
            "hook, too, some seconds later."
        )
    if directory.has(event + KEPT) and not directory.is_same(event, event + KEPT):
        raise ConfigurationError(
            f"{place} was put there after {event}{KEPT} had been set aside; decide for one of them "
            "and remove the other first."
        )


def _install(directory: HookDirectory, event: str, script: bytes) -> None:
    name = _find(directory, event)
    if name is None:
        name = event
        if directory.has(event) and not directory.has(event + KEPT):
            directory.keep(event, event + KEPT)
    elif directory.read(name) == script and directory.is_executable(name):
        return
    directory.write(name, script)
