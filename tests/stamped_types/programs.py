"""What programs take contents for; none of them runs what it reads."""

import json
import os
import re
import subprocess
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import playwright

from tests.stamped_types.verdicts import Reader, Refused, each

__all__ = [
    "attributes",
    "bash",
    "configuration",
    "fortran",
    "ignored",
    "make",
    "module",
    "script",
    "sh",
    "typescript",
]

_NODE = Path(playwright.__file__).parent / "driver" / "node"
"""Playwright brings one along."""

_CHECK = """
import vm from "node:vm";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
const checks = {
  script: (text) => new vm.Script(text),
  module: (text) => new vm.SourceTextModule(text),
  typescript: stripTypeScriptTypes,
};
const told = JSON.parse(readFileSync(0, "utf8")).map((text) => {
  try {
    checks[process.argv[1]](text);
    return "";
  } catch (error) {
    return String(error);
  }
});
console.log(JSON.stringify(told));
"""


def _node(check: str) -> Reader:
    command = [str(_NODE), "--experimental-vm-modules", "--no-warnings", "--input-type=module"]

    def read(contents: Sequence[bytes]) -> Sequence[object]:
        texts = json.dumps([content.decode() for content in contents])
        ran = subprocess.run(
            [*command, "-e", _CHECK, check], input=texts, capture_output=True, text=True, check=True
        )
        return [Refused(error) if error else "read" for error in json.loads(ran.stdout)]

    return read


script, module, typescript = map(_node, ("script", "module", "typescript"))


def _run(command: Sequence[str], content: bytes, directory: str | None = None) -> str:
    """What a program says of its input."""
    # Under `make test` another make would say where it is.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    ran = subprocess.run(
        command, input=content, capture_output=True, cwd=directory, env=environment, check=False
    )
    if ran.returncode:
        raise Refused(ran.stderr.decode("utf-8", "replace"))
    return ran.stdout.decode()


@each
def sh(content: bytes) -> object:
    return _run(["sh", "-n"], content)


@each
def bash(content: bytes) -> object:
    return _run(["bash", "-n"], content)


@each
def make(content: bytes) -> object:
    """The commands of the default target, which are not run."""
    with TemporaryDirectory() as directory:
        return _run(["make", "--dry-run", "--file=-"], content, directory)


@each
def configuration(content: bytes) -> object:
    """A file of git's configuration."""
    return _run(["git", "config", "--file", "-", "--null", "--list"], content)


_PATHS = b"cache/a\nsrc/b.o\nshare/man/man1/c.1\n.venv/d\nnothing\nREADME.md\n__pycache__/e.pyc\n"


def _git(name: str, command: Sequence[str]) -> Reader:
    @each
    def read(content: bytes) -> object:
        with TemporaryDirectory() as directory:
            subprocess.run(["git", "init", "--quiet", "--template=", directory], check=True)
            Path(directory, name).write_bytes(content)
            told = _run(["git", *command, "--stdin"], _PATHS, directory)
        return re.sub(r"^\.gitignore:\d+:", "", told, flags=re.M)

    return read


ignored = _git(".gitignore", ["check-ignore", "--verbose", "--non-matching"])
attributes = _git(".gitattributes", ["check-attr", "--all"])


@each
def fortran(content: bytes) -> object:
    """Its blocks and variables, as f2py finds them."""
    from numpy.f2py import crackfortran

    with (
        TemporaryDirectory() as directory,
        redirect_stdout(StringIO()),
        redirect_stderr(StringIO()),
    ):
        path = Path(directory, "read.f90")
        path.write_bytes(content)
        blocks = crackfortran.crackfortran([str(path)])
        found = crackfortran.crack2fortran(blocks)  # type: ignore[arg-type]
    if not found.strip():
        raise Refused("no blocks")
    return found.replace(directory, "")
