import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc.cycle import (
    Messages,
    mesh_fabric,
    simulate,
    simulate_episodes,
    tree_fabric,
)
from polychrony.hardware.router import Router


def all_pairs(endpoints: int) -> Messages:
    source, target = np.divmod(np.arange(endpoints**2), endpoints)
    return Messages.unicast(np.arange(endpoints**2) * 200, source, target)


def random_messages(seed: int, endpoints: int, count: int, cycles: int, flits: int) -> Messages:
    rng = np.random.default_rng(seed)
    time = np.sort(rng.integers(0, cycles, count))
    source, target = rng.integers(0, endpoints, (2, count))
    return Messages.unicast(time, source, target, rng.integers(1, flits + 1, count))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("pipeline", "hop", "ends"), [("speculative", 3, 5), ("plain", 5, 7)])
def test_latency_without_load_is_that_of_the_pipeline(
    pipeline: str, hop: int, ends: int, channels: int
) -> None:
    fabric = mesh_fabric(Mesh(4, 3), Router(pipeline=pipeline, virtual_channels=channels))
    got = simulate(fabric, all_pairs(12))
    column, row = np.arange(12) % 4, np.arange(12) // 4
    source, target = np.divmod(np.arange(144), 12)
    hops = abs(column[source] - column[target]) + abs(row[source] - row[target])
    np.testing.assert_array_equal(got.hops, hops)
    np.testing.assert_array_equal(got.latency, hop * hops + ends)


def test_an_asynchronous_hop_takes_the_cycles_of_its_link_and_nothing_else() -> None:
    router = Router(pipeline="asynchronous", east_west_cycles=41, north_south_cycles=65)
    got = simulate(mesh_fabric(Mesh(4, 3), router), Messages.unicast([7], [0], [11]))
    assert got.received[0] - 7 == 3 * 41 + 2 * 65 == 253


def test_a_link_between_chips_is_longer() -> None:
    router = Router(pipeline="asynchronous", chip_crossing_cycles=100)
    fabric = mesh_fabric(Mesh(2, 2), router, chips=Mesh(2, 1))
    got = simulate(fabric, Messages.unicast([0], [0], [3]))
    assert got.latency.tolist() == [103]


def test_a_tree_goes_up_only_as_far_as_it_must() -> None:
    fabric = tree_fabric(Mesh(2, 1), Router(pipeline="asynchronous", east_west_cycles=9))
    got = simulate(fabric, Messages.unicast([0, 100, 200], [0, 0, 0], [0, 3, 7]))
    assert got.hops.tolist() == [0, 2, 5]
    assert got.latency.tolist() == [0, 2, 13]


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**31),
    mesh=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    depth=st.integers(1, 8),
    channels=st.integers(1, 3),
    flits=st.integers(1, 5),
    pipeline=st.sampled_from(["speculative", "plain", "asynchronous"]),
    period=st.integers(1, 4),
    limit=st.none() | st.integers(0, 150),
)
def test_no_flit_is_lost_and_all_arrive_in_order(
    seed: int,
    mesh: tuple[int, int],
    depth: int,
    channels: int,
    flits: int,
    pipeline: str,
    period: int,
    limit: int | None,
) -> None:
    router = Router(
        pipeline=pipeline,
        buffer_flits=depth,
        virtual_channels=channels,
        cycles_per_flit=period,
        eject_cycles_per_flit=period,
    )
    fabric = mesh_fabric(Mesh(*mesh), router)
    messages = random_messages(seed, fabric.n_endpoints, 300, 60, flits)
    got = simulate(fabric, messages, max_cycles=limit)
    assert got.flits_injected == got.flits_ejected + got.in_flight
    assert got.buffer_peak.max() <= depth
    if limit is None:
        assert got.in_flight == 0
        assert got.flits_ejected == messages.flits.sum()
        assert (got.received >= got.injected).all()
        assert (got.injected >= got.generated).all()
        if channels == 1:
            pair = messages.source * fabric.n_endpoints + messages.targets
            for one in np.unique(pair):
                assert (np.diff(got.received[pair == one]) > 0).all() or pipeline == "asynchronous"


def test_runs_repeat() -> None:
    fabric = mesh_fabric(Mesh(4, 4), Router(virtual_channels=2))
    messages = random_messages(3, 16, 2000, 400, 3)
    one, two = simulate(fabric, messages), simulate(fabric, messages)
    np.testing.assert_array_equal(one.received, two.received)
    np.testing.assert_array_equal(one.link_flits, two.link_flits)


def test_a_multicast_reaches_each_target_once_and_crosses_each_link_once() -> None:
    fabric = mesh_fabric(Mesh(4, 4), Router(multicast=True))
    targets = np.random.default_rng(0).permutation(16)
    got = simulate(fabric, Messages.multicast([0], [5], [0, 16], targets))
    assert (got.received > 0).all()
    assert got.flits_injected == got.flits_ejected == 16
    assert got.link_flits[:, 4].tolist() == [1] * 16
    # A tree over all routers has one link less than routers.
    assert got.link_flits[:, :4].sum() == 15
    assert got.link_flits.max() == 1


def test_copies_need_a_router_that_makes_them() -> None:
    fabric = mesh_fabric(Mesh(2, 2), Router())
    with pytest.raises(HardwareError, match="multicast=True"):
        simulate(fabric, Messages.multicast([0], [0], [0, 2], [1, 2]))


def test_an_episode_sees_nothing_of_the_one_before() -> None:
    fabric = mesh_fabric(Mesh(3, 3), Router())
    parts = [random_messages(seed, 9, 100, 20, 2) for seed in range(3)]
    joined = Messages.unicast(
        *(np.concatenate([getattr(p, k) for p in parts]) for k in ("time", "source", "targets")),
        np.concatenate([p.flits for p in parts]),
    )
    got = simulate_episodes(fabric, joined, [0, 100, 200, 300])
    alone = [simulate(fabric, part) for part in parts]
    np.testing.assert_array_equal(got.received, np.concatenate([a.received for a in alone]))
    assert got.episode_cycles.tolist() == [a.cycles for a in alone]


def test_a_trail_names_every_router_on_the_way() -> None:
    fabric = mesh_fabric(Mesh(3, 3), Router())
    got = simulate(fabric, Messages.unicast([0], [0], [8]), trail=True)
    assert got.trail is not None
    assert got.trail.router.tolist() == [0, 1, 2, 5, 8]
    assert got.trail.cycle.tolist() == [2, 5, 8, 11, 14]


def test_a_message_to_nowhere_is_refused() -> None:
    with pytest.raises(HardwareError, match="target 4 is no endpoint, allowed are 0 to 3"):
        simulate(mesh_fabric(Mesh(2, 2), Router()), Messages.unicast([0], [0], [4]))


def test_time_may_be_long() -> None:
    fabric = mesh_fabric(Mesh(2, 1), Router())
    late = 3_000_000_000
    got = simulate(fabric, Messages.unicast([0, late], [0, 0], [1, 1]))
    assert got.received.tolist() == [8, late + 8]
