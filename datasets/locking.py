"""Locks that end with the process that holds them."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import fcntl


def lock_file(descriptor: int, wait: bool) -> bool | None:
    """Lock an open file or folder against other processes of this machine.

    Args:
        descriptor: the open file; closing it ends the lock, and so does the end of the process.
        wait: whether to wait for a process that holds it.

    Returns:
        Whether it is locked now; None where that is not possible.
    """
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
