"""Credentials for git servers, kept where they are: a reference is stored, never a secret.

A secret reaches git through its environment only. It is read for each command and never becomes
an argument, a file of ours, or part of a message.
"""

import base64
import os
import re
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from onextree.errors import InvalidRemote
from onextree.git.remotes import RemoteUrl

__all__ = ["Access", "CredentialReference", "access"]

_LONGEST = 1 << 16
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USER_OF_TOKENS = "x-access-token"
_SSH = (
    "ssh",
    *("-F", "none"),
    *("-o", "BatchMode=yes"),
    *("-o", "StrictHostKeyChecking=yes"),
    *("-o", "UpdateHostKeys=no"),
    *("-o", "IdentitiesOnly=yes"),
    *("-o", "IdentityAgent=none"),
    *("-o", "PreferredAuthentications=publickey"),
    *("-o", "ControlPath=none"),
    *("-o", "ForwardAgent=no"),
    *("-o", "ClearAllForwardings=yes"),
    *("-o", "ServerAliveInterval=15"),
)


@dataclass(frozen=True, slots=True)
class CredentialReference:
    """Where a credential is: ``env:NAME`` or ``file:/path``, which is what `str` gives.

    A variable holds ``user:password`` or a token; a file the same, or a private key for ssh.
    """

    kind: Literal["env", "file"]
    place: str

    @classmethod
    def parse(cls, text: str) -> "CredentialReference":
        """Read a reference.

        Raises:
            InvalidRemote: It is none; it is not repeated, since it may be the secret itself.
        """
        kind, _, place = text.partition(":")
        if kind == "env" and _NAME.fullmatch(place):
            return cls("env", place)
        if kind == "file" and place.startswith("/") and place.isprintable():
            return cls("file", place)
        raise InvalidRemote(
            "A credential is given by reference: env:NAME for an environment variable, or "
            "file:/path for a file that holds it."
        )

    def __str__(self) -> str:
        return f"{self.kind}:{self.place}"


@dataclass(frozen=True, slots=True)
class Access:
    """What git gets in its environment to reach a server, and what must not be shown of it."""

    environment: dict[str, str] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def scrub(self, text: str) -> str:
        """The text without the secrets, should a server have sent one back."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def access(url: RemoteUrl, credential: CredentialReference | None) -> Access:
    """Look the credential up.

    Raises:
        InvalidRemote: It is not there, or of a kind that the URL's scheme cannot use.
    """
    if url.scheme == "ssh":
        return Access(_ssh(credential))
    if credential is None:
        return Access({})
    if url.scheme == "git" or (url.scheme == "http" and not url.is_loopback):
        raise InvalidRemote(
            f"A credential is not sent by {url.scheme}, which everybody can read; use https or ssh."
        )
    secret = _secret(credential)
    pair = secret if ":" in secret else f"{_USER_OF_TOKENS}:{secret}"
    encoded = base64.b64encode(pair.encode()).decode()
    environment = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{url.origin}.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {encoded}",
    }
    return Access(environment, (pair, encoded, pair.partition(":")[2]))


def _ssh(credential: CredentialReference | None) -> dict[str, str]:
    identity = ("-o", "IdentityFile=none")
    if credential is not None:
        if credential.kind != "file":
            raise InvalidRemote(
                "ssh takes a private key from a file; give its path as file:/path, "
                f"instead of {credential}."
            )
        _check_file(credential)
        if "%" in credential.place or "${" in credential.place:
            raise InvalidRemote(f"{credential}: ssh reads % and ${{ in a path; use another one.")
        identity = ("-i", credential.place)
    return {"GIT_SSH_COMMAND": shlex.join((*_SSH, *identity)), "GIT_SSH_VARIANT": "ssh"}


def _secret(credential: CredentialReference) -> str:
    if credential.kind == "env":
        text = os.environ.get(credential.place, "")
    else:
        _check_file(credential)
        with Path(credential.place).open("rb") as file:
            text = file.read(_LONGEST).decode("utf-8", "replace")
    text = text.strip()
    if not text or not text.isprintable():
        raise InvalidRemote(
            f"{credential} holds no credential; it must be one line, user:password or a token."
        )
    return text


def _check_file(credential: CredentialReference) -> None:
    try:
        mode = os.stat(credential.place).st_mode
        readable = stat.S_ISREG(mode) and os.access(credential.place, os.R_OK)
    except OSError:
        readable = False
    if not readable:
        raise InvalidRemote(
            f"{credential} is no file that this process can read; check its path and permissions."
        )
