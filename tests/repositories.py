"""Git repositories for tests, made by git itself in a clean environment."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "LC_ALL": "C",
}


@dataclass(frozen=True)
class Repository:
    root: Path

    @classmethod
    def init(cls, root: Path) -> "Repository":
        root.mkdir(parents=True, exist_ok=True)
        repository = cls(root)
        repository.git("init", "-q", "-b", "trunk")
        return repository

    def git(self, *arguments: str) -> bytes:
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
        options = (*identity, "-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", *options, *arguments],
            cwd=self.root,
            env=ENVIRONMENT,
            check=True,
            capture_output=True,
            timeout=60,
        ).stdout

    def write(self, path: str | bytes, content: str | bytes = "") -> Path:
        target = self.root / os.fsdecode(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def commit(self, message: str = "change") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").decode().strip()

    def listed(self) -> list[bytes]:
        """What git says belongs to the work tree and is there."""
        output = self.git("ls-files", "-z", "-c", "-o", "--exclude-standard")
        root = os.fsencode(self.root)
        paths = {path.rstrip(b"/") for path in output.split(b"\0")[:-1]}
        return sorted(path for path in paths if os.path.lexists(os.path.join(root, path)))
