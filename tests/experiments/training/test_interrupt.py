"""Signals as requests."""

from __future__ import annotations

import signal
import threading

import pytest

from polychrony.experiments.training.interrupt import leave_signals_to_parent, stop_on_signal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_a_request(number):
    before = signal.getsignal(number)
    with stop_on_signal() as stop:
        assert not stop
        signal.raise_signal(number)
        assert stop
    assert signal.getsignal(number) is before


def test_a_second_ctrl_c_stops_at_once():
    with pytest.raises(KeyboardInterrupt), stop_on_signal():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_a_second_sigterm_changes_nothing():
    with stop_on_signal() as stop:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
    assert stop


def test_other_threads_never_see_a_request():
    seen = []

    def work() -> None:
        with stop_on_signal() as stop:
            seen.append(bool(stop))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]


def test_a_loader_process_outlives_ctrl_c():
    before = signal.getsignal(signal.SIGINT)
    try:
        leave_signals_to_parent(0)
        signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
