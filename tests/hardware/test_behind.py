from __future__ import annotations

import threading

import pytest

from polychrony.hardware.behind import Behind
from polychrony.hardware.errors import HardwareError


def test_pieces_run_in_their_order_and_one_at_a_time():
    done: list[int] = []
    entered = threading.Lock()

    def work(k: int) -> None:
        assert entered.acquire(blocking=False)
        done.append(k)
        entered.release()

    with Behind() as behind:
        for k in range(50):
            behind.start(lambda k=k: work(k))
        behind.wait()
        assert done == list(range(50))


def test_the_caller_goes_on_meanwhile():
    goes_on = threading.Event()
    with Behind() as behind:
        behind.start(lambda: None if goes_on.wait(60) else pytest.fail("nobody went on"))
        goes_on.set()
        behind.wait()


def test_an_error_reaches_the_caller_once():
    def fail() -> None:
        raise HardwareError("no")

    with Behind() as behind:
        behind.start(fail)
        with pytest.raises(HardwareError, match="no"):
            behind.wait()
        behind.wait()
