"""What the hook starts in the background: ``python -m onextree.hook deliver SPOOL API``.

It says nothing, holds nothing of the work tree, and is gone after ten seconds in any case. Where
another one is at work already, that one sends this entry, or else the next tick finds it.
"""

import fcntl
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

_DEADLINE = 10  # seconds for all of it
_SENDING = 5.0


def main(words: list[str]) -> int:
    """Deliver; 2 where the words are no command."""
    if len(words) != 3 or words[0] != "deliver":
        sys.stderr.write("python -m onextree.hook deliver SPOOL API\n")
        return 2
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_DEADLINE)
    os.chdir("/")
    try:
        directory = os.open(words[1], os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return 0
    # Slow to import, and most of a burst of hooks end before.
    from onextree.errors import OnexTreeError
    from onextree.hook.delivery import deliver
    from onextree.hook.spool import Spool

    with suppress(OnexTreeError):
        deliver(Spool(Path(words[1])), words[2], seconds=_SENDING)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
