"""Messages over single links."""

from __future__ import annotations

import numpy as np
import pytest

from polychrony.hardware.chips import TRUENORTH
from polychrony.hardware.chips.loihi import DAVIES2018
from polychrony.hardware.mapping import map_network
from polychrony.hardware.noc import Routes, count_work
from polychrony.hardware.noc.cycle import simulate_episodes
from polychrony.hardware.noc.endpoints import fabric_of
from polychrony.hardware.noc.links import link_traffic
from polychrony.hardware.noc.senders import Senders


def _spikes(run):
    return {name: spikes.sum(axis=(0, 1), dtype=np.int64) for name, spikes in run.spikes.items()}


def test_a_message_goes_to_its_column_first(pair, pair_run):
    """One spike from tile 0 to tile 19: column 3, row 2; the inputs stay on tile 0."""
    traffic = link_traffic(pair, _spikes(pair_run))
    assert np.argwhere(traffic.east).tolist() == [[0, 0], [0, 1], [0, 2]]
    assert np.argwhere(traffic.north).tolist() == [[0, 3], [1, 3]]
    assert {traffic.east.max(), traffic.north.max()} == {1}
    assert not traffic.west.any()
    assert not traffic.south.any()


def test_links_are_the_hops_of_the_work(split, split_run):
    traffic, work = link_traffic(split, _spikes(split_run)), count_work(split, split_run)
    assert traffic.east.sum() + traffic.west.sum() == work.hops_east_west.sum() > 0
    assert traffic.north.sum() + traffic.south.sum() == work.hops_north_south.sum() > 0


@pytest.mark.parametrize("tiles", [[0, 7, 24, 31], [31, 0, 7, 24]])
def test_links_carry_what_routers_send_flit_by_flit(small_graph, split, split_run, tiles):
    routes = Routes(map_network(small_graph, split.mapping.chip, lambda *_: np.array(tiles)))
    sent = Senders(routes, DAVIES2018).by_step(split_run)
    got = simulate_episodes(fabric_of(routes), sent.messages, sent.episode_ptr)
    traffic = link_traffic(routes, _spikes(split_run))
    for port, name in enumerate(("east", "west", "north", "south")):
        own = getattr(traffic, name)
        np.testing.assert_array_equal(own, got.link_flits[:, port].reshape(own.shape))


def test_the_grid_is_that_of_the_chip(small_graph, split_run):
    routes = Routes(map_network(small_graph, TRUENORTH))
    assert link_traffic(routes, _spikes(split_run)).east.shape == (64, 64)
