"""A repository that names a program, or another place, wherever git knows to look for one."""

import os
import pty
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.repositories import ENVIRONMENT, Repository
from tests.trees import git

__all__ = ["Trap", "Traps", "lay_traps"]


@dataclass(frozen=True)
class Traps:
    """Where traps are laid.

    Attributes:
        repository: The trapped one.
        directory: Beside it: scripts, and the file that names what fired.
        variables: Of the caller's environment.
    """

    repository: Repository
    directory: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def fired(self) -> list[str]:
        log = self.directory / "fired"
        return log.read_text().splitlines() if log.exists() else []

    def forget(self) -> None:
        (self.directory / "fired").unlink(missing_ok=True)

    def script(self, name: str) -> Path:
        """A program that tells that it ran."""
        path = self.directory / "programs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho '{name}' >> '{self.directory}/fired'\nexit 1\n")
        path.chmod(0o755)
        return path

    def git(self, *arguments: str | bytes, given: bytes = b"") -> bytes:
        """Plain git as a user runs it, whether it fails or not."""
        environment = {**ENVIRONMENT, "GIT_TERMINAL_PROMPT": "0", **self.variables}
        root = self.repository.root
        return git(root, *arguments, given=given, environment=environment, check=False)

    def at_a_terminal(self, *arguments: str) -> None:
        ours, its = pty.openpty()
        subprocess.run(
            ["git", *arguments],
            cwd=self.repository.root,
            env={**ENVIRONMENT, "TERM": "xterm"},
            stdin=subprocess.DEVNULL,
            stdout=its,
            stderr=its,
            check=False,
            timeout=30,
        )
        os.close(its)
        os.close(ours)


@dataclass(frozen=True)
class Trap:
    """One kind of trap.

    Attributes:
        settings: Of the repository's config; ``{}`` is the trap's program, ``{dir}`` where it is.
        fire: Has plain git fall into it.
        attribute: Of the file ``a.NAME``, which is changed after its commit.
        lay: What else there is to do; gets the trap's program.
        variables: Of the caller's environment.
    """

    settings: dict[str, str]
    fire: Callable[[Traps], object]
    attribute: str = ""
    lay: Callable[[Traps, Path], object] | None = None
    variables: dict[str, str] = field(default_factory=dict)


def lay_traps(directory: Path, chosen: Mapping[str, Trap]) -> Traps:
    """A repository with these traps, a directory ``inside`` and an ignored one ``ignored``."""
    traps = Traps(Repository.init(directory / "project"), directory)
    repository = traps.repository
    files = {name: f"a.{name.replace(' ', '-')}" for name in chosen}
    attributes = [f"{files[name]} {trap.attribute}\n" for name, trap in chosen.items()]
    repository.write(".gitattributes", "".join(attributes))
    repository.write(".gitignore", "/ignored/\n")
    for path in (*files.values(), "inside/a", "ignored/a"):
        repository.write(path, "12345\n")
    repository.commit()
    lines = []
    for name, trap in chosen.items():
        program = traps.script(name.replace(" ", "-"))
        if trap.lay is not None:
            trap.lay(traps, program)
        words = {"{}": str(program), "{dir}": str(directory)}
        for variable, value in trap.variables.items():
            traps.variables[variable] = fill(value, words)
        lines += [config_line(key, fill(value, words)) for key, value in trap.settings.items()]
    for path in files.values():
        repository.write(path, "54321\n")  # as long as before, so that contents are compared
    with (repository.root / ".git" / "config").open("a") as file:
        file.writelines(lines)
    traps.forget()
    return traps


def fill(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def config_line(key: str, value: str) -> str:
    section, _, rest = key.partition(".")
    subsection, _, name = rest.rpartition(".")
    head = f'[{section} "{subsection}"]' if subsection else f"[{section}]"
    return f'{head}\n\t{name} = "{value}"\n'
