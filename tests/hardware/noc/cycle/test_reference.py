import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_network import Network

from polychrony.hardware.mesh import Mesh
from polychrony.hardware.noc.cycle import Fabric, Messages, mesh_fabric, simulate, tree_fabric
from polychrony.hardware.router import Router

routers = st.builds(
    Router,
    pipeline=st.sampled_from(["speculative", "plain", "asynchronous"]),
    east_west_cycles=st.integers(1, 3),
    north_south_cycles=st.integers(1, 3),
    cycles_per_flit=st.integers(1, 3),
    buffer_flits=st.integers(1, 8),
    virtual_channels=st.integers(1, 3),
    chip_crossing_cycles=st.sampled_from([0, 7]),
    crossing_cycles_per_flit=st.sampled_from([1, 5]),
    local_cycles=st.sampled_from([0, 2]),
    eject_cycles_per_flit=st.integers(1, 4),
    multicast=st.booleans(),
)


@st.composite
def fabrics(draw: st.DrawFn) -> Fabric:
    router = draw(routers)
    chips = Mesh(draw(st.integers(1, 2)), draw(st.integers(1, 2)))
    cores = draw(st.integers(1, 3))
    host = draw(st.sampled_from([None, 0]))
    if draw(st.booleans()):
        return tree_fabric(chips, router, cores, host)
    mesh = Mesh(draw(st.integers(1, 3)), draw(st.integers(1, 2)))
    return mesh_fabric(mesh, router, cores, chips, host)


def traffic(fabric: Fabric, seed: int, most_flits: int) -> Messages:
    rng = np.random.default_rng(seed)
    count, ends = 150, fabric.n_endpoints
    time = np.sort(rng.integers(0, 40, count))
    source = rng.integers(0, ends, count)
    if not fabric.router.multicast:
        flits = rng.integers(1, most_flits + 1, count)
        return Messages.unicast(time, source, rng.integers(0, ends, count), flits)
    targets = [rng.permutation(ends)[: rng.integers(1, ends + 1)] for _ in range(count)]
    row_ptr = np.append(0, np.cumsum([len(some) for some in targets]))
    return Messages.multicast(time, source, row_ptr, np.concatenate(targets))


@settings(deadline=None, max_examples=60)
@given(fabric=fabrics(), seed=st.integers(0, 2**31), most_flits=st.integers(1, 4))
def test_every_message_arrives_in_the_cycle_of_the_plain_model(
    fabric: Fabric, seed: int, most_flits: int
) -> None:
    messages = traffic(fabric, seed, most_flits)
    network = Network(fabric, messages)
    network.run()
    got = simulate(fabric, messages)
    np.testing.assert_array_equal(got.received, network.received)
    np.testing.assert_array_equal(got.injected, np.array(network.injected)[got.message])
    np.testing.assert_array_equal(got.link_flits, network.sent_on)
