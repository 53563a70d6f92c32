"""Random graphs, for whoever writes or reads them."""

import numpy as np
from hypothesis import strategies as st

from polychrony.snn import NetworkGraph, Population, Projection


def random_projection(
    random: np.random.Generator, source: Population, target: Population, shortest: int
) -> Projection:
    count = int(random.integers(0, 3 * source.size))
    delays = random.integers(shortest, shortest + 4, count)
    if random.random() < 0.5:  # one delay for each source neuron
        lines = random.integers(shortest, shortest + 4, source.size)
        pre = random.integers(0, source.size, count)
        delays = lines[pre]
    else:
        pre = random.integers(0, source.size, count)
    return Projection(
        source.name,
        target.name,
        pre.astype(np.int32),
        random.integers(0, target.size, count).astype(np.int32),
        random.normal(0.2, 0.5, count).astype(np.float32),
        delays.astype(np.int32),
    )


def random_population(random: np.random.Generator, name: str, kind: str) -> Population:
    size = int(random.integers(1, 6))
    decay = random.choice([0.0, 0.3, 0.9, 0.999, 1.0], size)
    if random.random() < 0.2:
        decay = np.ones(size)
    return Population(
        name,
        size,
        kind,
        decay=decay.astype(np.float32),
        v_threshold=random.uniform(0.5, 1.5, size).astype(np.float32),
        v_reset=random.choice([0.0, None, -0.3]),
        bias=(random.normal(0, 0.1, size) * random.integers(0, 2)).astype(np.float32),
    )


def random_graph(seed: int) -> NetworkGraph:
    random = np.random.default_rng(seed)
    names = ["input", "a/b", "a.b", "c", "if"]
    kinds = ["input", *["lif"] * 3, "li"]
    populations = [random_population(random, *pair) for pair in zip(names, kinds, strict=True)]
    projections = []
    for i, source in enumerate(populations[:-1]):
        for j, target in enumerate(populations):
            for _ in range(int(random.integers(0, 3)) if j else 0):
                shortest = 0 if i < j else int(random.integers(1, 3))
                projections.append(random_projection(random, source, target, shortest))
    return NetworkGraph(tuple(populations), tuple(projections), 1e-3)


def spikes_for(graph: NetworkGraph, seed: int, n_steps: int = 25) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        population.name: (random.random((n_steps, 3, population.size)) < 0.4).astype(np.uint8)
        for population in graph.inputs
    }


seeds = st.integers(0, 2**31)
