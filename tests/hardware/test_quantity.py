from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polychrony.hardware.errors import HardwareError, UnknownQuantityError
from polychrony.hardware.quantity import UNITS, Quantity, add


def pj(value: float | None, **changes: object) -> Quantity:
    fields = {"voltage": 0.75, "name": "synapse energy", **changes}
    return Quantity(value, "pJ", "a table", "measured", **fields)


@given(st.floats(-1e6, 1e6), st.sampled_from(sorted(UNITS)))
def test_value_survives_the_way_to_si_and_back(value, unit):
    base, scale = UNITS[unit]
    quantity = Quantity(value, unit, "a table", "measured")
    assert quantity.require(base) / scale == pytest.approx(value)


def test_23_6_pj_are_23_6e_12_joules():
    assert pj(23.6).si == pytest.approx(23.6e-12, rel=1e-12)


def test_unknown_value_refuses_and_names_itself():
    with pytest.raises(UnknownQuantityError, match=r"synapse energy is unknown \(a table\)"):
        _ = pj(None).si
    assert not pj(None).known


def test_joules_cannot_be_read_off_a_time():
    time = Quantity(3.5, "ns", "a table", "measured", name="synapse latency")
    with pytest.raises(HardwareError, match="synapse latency is given in ns, but J is asked for"):
        time.require("J")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unit": "eV"}, "unit 'eV' is not one of"),
        ({"evidence": "guessed"}, "evidence 'guessed' is not one of"),
        ({"scope": "some"}, "scope 'some' is not one of"),
        ({"value": float("nan")}, "write None if it is unknown"),
    ],
)
def test_ill_formed_quantity_is_refused(changes, message):
    fields = {"value": 1.0, "unit": "pJ", "source": "a", "evidence": "measured", **changes}
    with pytest.raises(HardwareError, match=message):
        Quantity(**fields)


def test_sum_keeps_unit_voltage_and_sources():
    total = add(pj(1.5), Quantity(0.5, "nJ", "another", "fitted", 0.75))
    assert total.require("J") == pytest.approx(501.5e-12)
    assert (total.voltage, total.source, total.evidence) == (0.75, "a table; another", "derived")


def test_all_in_and_per_event_are_never_added():
    with pytest.raises(HardwareError, match="all-in number already contains every event"):
        add(pj(1.0), pj(26.0, scope="all-in"))


def test_voltages_are_mixed_only_on_request():
    other = pj(2.0, voltage=None)
    with pytest.raises(HardwareError, match=r"supply voltages differ .*across_voltages=True"):
        add(pj(1.0), other)
    mixed = add(pj(1.0), other, across_voltages=True)
    assert mixed.si == pytest.approx(3e-12)
    assert mixed.voltage is None


def test_sum_refuses_unknowns_other_units_and_nothing():
    with pytest.raises(UnknownQuantityError):
        add(pj(1.0), pj(None))
    with pytest.raises(HardwareError, match="J is asked for"):
        add(pj(1.0), Quantity(1.0, "ns", "a", "measured", 0.75))
    with pytest.raises(HardwareError, match="nothing to add"):
        add()
