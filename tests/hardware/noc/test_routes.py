from __future__ import annotations


def test_host_and_neurons_send_from_their_own_tiles(pair):
    host, a = pair.origins
    assert (host.population, host.core, a.population, a.core) == ("in", 3, "a", 0)
    assert host.reached.tolist() == [[True, False, False]]
    assert a.reached.tolist() == [[False, True, True]]
    assert a.synapses.tolist() == [[0, 2, 1]]


def test_hops_lead_from_the_sender_to_each_core(pair):
    a = pair.origins[1]
    assert a.east_west.tolist() == [0, 0, 3]
    assert a.north_south.tolist() == [0, 0, 2]
    assert a.local.tolist() == [True, True, False]


def test_population_without_targets_sends_nothing(split):
    assert {origin.population for origin in split.origins} == {"in", "hidden"}
    assert sum(o.stop - o.start for o in split.origins if o.population == "hidden") == 10
