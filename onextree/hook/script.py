r"""The hook itself: a POSIX shell script that names no file and asks git nothing.

Git starts it at the top of the work tree, so `pwd -P` is all it has to find out, and goes into the
entry without a variable in between. Its assignments stay in a subshell: a hook that was there
before is run with the environment that it had.

A value is baked in as ``name='...'``, each ``'`` of it as ``'\''``; so any bytes but NUL will do.
"""

import re
from dataclasses import dataclass

__all__ = ["EVENTS", "KEPT", "Baked", "baked", "is_ours", "render"]

EVENTS = ("post-commit", "post-merge", "post-checkout", "post-rewrite")

KEPT = ".before-onextree"
"""What is added to the name of a hook that was there before."""

_MARK = b"#!/bin/sh\n# OnexTree hook "

_HEAD = b"""1: notes what happened here; `onextree hook remove` removes it.
case ${ONEXTREE_HOOKS-} in
xxxxxxxx*) exit 0 ;; # hooks that start each other in a circle
esac
export ONEXTREE_HOOKS="x${ONEXTREE_HOOKS-}"
(
"""

_BODY = b"""
new=$(mktemp "$spool/onextree-XXXXXXXXXX") || exit
case "$event ${1-}" in
post-checkout\\ *) ;;
'post-merge 1') set -- '' '' 0 ;; # squashed
*) set -- '' '' '' ;;
esac
if ! { printf 'onextree-hook 1\\n%s\\n%s\\n%s\\n%s\\n' "$event" "${1-}" "${2-}" "${3-}" >"$new" &&
    pwd -P >>"$new" && mv -f "$new" "$new.entry"; }; then
    rm -f "$new"
    exit
fi
[ -n "$api" ] || exit
set -- "$python" -I -m onextree.hook deliver "$spool" "$api"
if command -v setsid; then
    setsid "$@" &
else
    (trap '' HUP && exec "$@") &
fi
) </dev/null >/dev/null 2>&1
"""


@dataclass(frozen=True, slots=True)
class Baked:
    """What a script was made with.

    Attributes:
        spool: The spool directory, absolute.
        api: Address of the API; empty where nothing is sent.
        python: The interpreter that sends.
    """

    spool: bytes
    api: bytes
    python: bytes


def render(event: str, values: Baked) -> bytes:
    """The script for one of `EVENTS`."""
    named = {
        "event": event.encode(),
        "spool": values.spool,
        "api": values.api,
        "python": values.python,
    }
    lines = [b"%s=%s" % (name.encode(), _quote(value)) for name, value in named.items()]
    kept = b'"${0%%/*}/%s%s"' % (event.encode(), KEPT.encode())
    chain = b'if [ -f %s ] && [ -x %s ]; then\n    exec %s "$@"\nfi\nexit 0\n' % (kept, kept, kept)
    return b"".join([_MARK, _HEAD, b"\n".join(lines), _BODY, chain])


def is_ours(content: bytes) -> bool:
    """Whether a hook is a script of `render`, of this or an older form."""
    return content.startswith(_MARK)


def baked(content: bytes) -> Baked | None:
    """What a script of ours was made with; None where it does not say."""
    found = {name: _value(content, name) for name in (b"spool", b"api", b"python")}
    spool, api, python = found.values()
    if spool is None or api is None or python is None:
        return None
    return Baked(spool, api, python)


def _quote(value: bytes) -> bytes:
    return b"'" + value.replace(b"'", rb"'\''") + b"'"


def _value(content: bytes, name: bytes) -> bytes | None:
    found = re.search(rb"^" + name + rb"='((?:[^']|'\\'')*)'$", content, re.M)
    return found[1].replace(rb"'\''", b"'") if found else None
