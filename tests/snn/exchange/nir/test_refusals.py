"""Files that are damaged or meant to do harm."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from graphs import random_graph

from polychrony.snn.exchange.nir import NirError, check_heaps, from_nir, read_nir, to_nir, write_nir

nir = pytest.importorskip("nir", reason="nir is not installed: pip install 'polychrony[nir]'")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "network.nir"
    one, shape = np.ones(3, np.float32), np.array([3])
    nodes = {
        "input": nir.Input(shape),
        "w": nir.Affine(np.eye(3, dtype=np.float32), one * 0),
        "d": nir.Delay(one * 0.002),
        "lif": nir.LIF(tau=one * 0.01, r=one, v_leak=one * 0, v_threshold=one, v_reset=one * 0),
        "output": nir.Output(shape),
    }
    edges = [("input", "d"), ("d", "w"), ("w", "lif"), ("lif", "output")]
    write_nir(nir.NIRGraph(nodes, edges, {"dt": 1e-3}), target)
    return target


def change(path: Path, edit: Callable[[Any], None]) -> None:
    with h5py.File(path, "r+") as file:
        edit(file["node"])


def put(where: str, value: Any) -> Callable[[Any], None]:
    def edit(node: Any) -> None:
        del node[where]
        node[where] = value

    return edit


def drop(where: str) -> Callable[[Any], None]:
    return lambda node: node.__delitem__(where)


def huge(node: Any) -> None:
    del node["nodes/w/weight"]
    node.create_dataset(
        "nodes/w/weight", (100_000, 100_000), "f4", chunks=(100, 100), compression="gzip"
    )


def edge(source: str, target: str) -> Callable[[Any], None]:
    return put("edges", [*EDGES, (source, target)])


def external(node: Any) -> None:
    del node["nodes/w/weight"]
    node["nodes/w/weight"] = h5py.ExternalLink("/etc/hostname", "/")


def outside(node: Any) -> None:
    del node["nodes/w/weight"]
    node.create_dataset(
        "nodes/w/weight", (3, 3), "f4", external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)]
    )


def within_itself(node: Any) -> None:
    node["nodes/again"] = node


def plugin(node: Any) -> None:
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((3, 3))
    plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
    del node["nodes/w/weight"]
    space = h5py.h5s.create_simple((3, 3))
    h5py.h5d.create(node["nodes/w"].id, b"weight", h5py.h5t.IEEE_F32LE, space, plist)


EDGES = [("input", "d"), ("d", "w"), ("w", "lif"), ("lif", "output")]
CASES: dict[str, tuple[Callable[[Any], None], str]] = {
    "unknown type": (put("nodes/lif/type", "Izhikevich"), "node 'lif' .*unknown type"),
    "no type": (drop("nodes/lif/type"), "type is no array"),
    "type is a number": (put("nodes/lif/type", 3), "type is missing, or no text"),
    "missing parameter": (drop("nodes/lif/tau"), r"node 'lif' \(LIF\): lacks tau"),
    "unknown parameter": (lambda n: n.__setitem__("nodes/lif/t_ref", 1.0), "has t_ref"),
    "NaN": (put("nodes/w/weight", np.full((3, 3), np.nan)), "node 'w' .*NaN"),
    "infinite": (put("nodes/w/bias", np.full(3, np.inf)), "node 'w' .*infinite"),
    "negative tau": (put("nodes/lif/tau", -np.ones(3)), "tau is -1; it must be above 0"),
    "tau of 0": (put("nodes/lif/tau", np.zeros(3)), "tau is 0"),
    "negative delay": (put("nodes/d/delay", -np.ones(3)), "delay is -1"),
    "endless delay": (put("nodes/d/delay", np.full(3, 1e30)), "longer than 2"),
    "half a step": (put("nodes/d/delay", np.full(3, 0.0015)), "no whole number of steps"),
    "text for numbers": (put("nodes/w/weight", "abc"), "weight"),
    "objects": (put("nodes/lif/tau", np.array([(1, 2)], [("a", "i4"), ("b", "i4")])), "holds"),
    "wrong axes": (put("nodes/w/weight", np.ones(3)), "2 axes are needed"),
    "wrong shape": (put("nodes/w/weight", np.ones((3, 5))), "node 'w' .*takes shape"),
    "shapes of a node differ": (put("nodes/lif/tau", np.ones(2)), "give them alike"),
    "empty": (put("nodes/lif/tau", np.ones(0)), "tau is empty"),
    "shape of 0": (put("nodes/input/shape", np.array([0])), "shape is .0.; it must be at least 1"),
    "endless input": (put("nodes/input/shape", np.array([2**31 - 1])), "synapses beyond"),
    "edge to nothing": (edge("w", "nobody"), "there is no node 'nobody'"),
    "edge twice": (edge("w", "lif"), "stands twice"),
    "edge into input": (edge("lif", "input"), "leads into it"),
    "loop without neurons": (edge("w", "d"), "without neurons"),
    "edges of another shape": (put("edges", np.ones(3)), "edges of shape"),
    "edges are numbers": (put("edges", np.ones((3, 2))), "no pairs of names"),
    "long name": (edge("w", "n" * 1000), "more than 256 characters"),
    "no edges": (drop("edges"), "lacks nodes or edges"),
    "no nodes": (drop("nodes"), "lacks nodes or edges"),
    "a single node": (put("type", "LIF"), "outermost node: edges is no single text"),
    "dt is text": (put("metadata/dt", "soon"), "dt is no number"),
    "no dt": (drop("metadata/dt"), "give dt"),
    "dt of 0": (put("metadata/dt", 0.0), "above 0"),
    "huge": (huge, "would take the file's arrays beyond"),
    "a link to another file": (external, "not followed"),
    "data outside": (outside, "outside the file"),
    "a graph within itself": (within_itself, "deep|exactly one|more than"),
    "a filter to be loaded": (plugin, "needs filter 32015"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_damaged_file_is_told_by_name_and_node(case: str, path: Path) -> None:
    edit, message = CASES[case]
    assert from_nir(path).n_synapses == 3
    change(path, edit)
    tracemalloc.start()
    with pytest.raises(NirError, match=message) as caught:
        from_nir(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert peak < 2**24


def test_what_is_no_nir_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "network.nir"
    with pytest.raises(NirError, match="no such file"):
        from_nir(path)
    path.write_bytes(b"\x89HDF\r\n\x1a\nnothing more")
    with pytest.raises(NirError, match="damaged, or no NIR file"):
        from_nir(path)
    path.write_text("neurons")
    with pytest.raises(NirError, match="damaged, or no NIR file"):
        read_nir(path)
    with h5py.File(path, "w") as file:
        file["spikes"] = 1
    with pytest.raises(NirError, match="no group 'node'"):
        from_nir(path)


def test_a_heap_that_leads_nowhere_is_told(path: Path) -> None:
    content = bytearray(path.read_bytes())
    start = content.find(b"GCOL")
    at, end = start + 16, start + int.from_bytes(content[start + 8 : start + 16], "little")
    while int.from_bytes(content[at : at + 2], "little"):  # number 0 is the free space
        at += 16 + (int.from_bytes(content[at + 8 : at + 16], "little") + 7) // 8 * 8
    assert at < end
    content[at + 8 : at + 16] = bytes(8)  # HDF5 2.0.0 would walk on by 0 bytes for ever
    path.write_bytes(content)
    with pytest.raises(NirError, match=r"the heap at byte .* has an object of 0 bytes"):
        from_nir(path)


def test_a_heap_is_found_wherever_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "heap"
    head = b"GCOL\1\0\0\0" + (4096).to_bytes(8, "little")
    good = head + bytes(8) + (4080).to_bytes(8, "little") + bytes(4064)
    bad = head + bytes(4080)
    for place in (0, 5, 2**20 - 5, 2**20 - 3, 2**20 - 1, 2**20, 2**21 - 2):
        path.write_bytes(bytes(place) + good + bytes(9))
        check_heaps(path)
        path.write_bytes(good + bytes(place) + bad)
        with pytest.raises(NirError, match=f"heap at byte {place + 4096:,} "):
            check_heaps(path)


def test_a_file_too_large_for_its_limit_is_not_searched(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(2**40)  # a hole, which takes no place on the disk
    with pytest.raises(NirError, match="which no arrays within"):
        from_nir(path)


def test_a_text_longer_than_the_file_is_told(path: Path) -> None:
    with h5py.File(path) as file:
        at = file["node/edges"].id.get_offset()
    content = bytearray(path.read_bytes())
    content[at : at + 4] = (2**31).to_bytes(4, "little")  # HDF5 would make room for it
    path.write_bytes(content)
    with pytest.raises(
        NirError, match=r"/node/edges has an entry of 2,147,483,648 values that are not"
    ):
        from_nir(path)


def test_a_text_in_no_heap_is_told(path: Path) -> None:
    with h5py.File(path) as file:
        at = file["node/edges"].id.get_offset()
    content = bytearray(path.read_bytes())
    content[at + 9] ^= 1  # HDF5 2.0.0 may crash where no heap lies
    path.write_bytes(content)
    with pytest.raises(NirError, match=r"/node/edges has an entry of .* not where it says"):
        from_nir(path)


def test_compressed_texts_are_refused(path: Path) -> None:
    def compress(node: Any) -> None:
        del node["edges"]
        node.create_dataset("edges", data=EDGES, dtype=h5py.string_dtype(), compression="gzip")

    change(path, compress)
    with pytest.raises(NirError, match="edges is compressed or compact text"):
        from_nir(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_told(share: float, tmp_path: Path) -> None:
    path = tmp_path / "network.nir"
    write_nir(to_nir(random_graph(2)), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(NirError, match="damaged"):
        from_nir(path)


def test_the_limit_can_be_raised(path: Path) -> None:
    with pytest.raises(NirError, match="raise the limit"):
        from_nir(path, limit=50)
    assert from_nir(path, limit=2000).n_synapses == 3


def test_multiplying_out_stays_within_the_limit() -> None:
    shape, size = np.array([1, 400, 400]), np.array([3])
    nodes = {
        "input": nir.Input(shape),
        "conv": nir.Conv2d(
            (400, 400), np.ones((8, 1, 9, 9), np.float32), 1, 0, 1, 1, np.zeros(8, np.float32)
        ),
        "output": nir.Output(size),
    }
    graph = nir.NIRGraph(nodes, [("input", "conv"), ("conv", "output")], type_check=False)
    with pytest.raises(NirError, match=r"node 'conv' .*beyond the limit"):
        from_nir(graph, dt=1e-3, limit=2**26)


def test_potentials_do_not_go_on_to_other_neurons() -> None:
    one, shape = np.ones(3), np.array([3])
    nodes = {
        "input": nir.Input(shape),
        "li": nir.LI(tau=one, r=one, v_leak=one * 0),
        "lif": nir.LIF(tau=one, r=one, v_leak=one * 0, v_threshold=one),
        "output": nir.Output(shape),
    }
    edges = [("input", "li"), ("li", "lif"), ("lif", "output")]
    with pytest.raises(NirError, match="its potential goes on to 'lif'"):
        from_nir(nir.NIRGraph(nodes, edges), dt=0.1)


def test_files_are_read_without_the_package(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nir", None)
    assert from_nir(path).n_synapses == 3
    with pytest.raises(NirError, match=r"pip install 'polychrony\[nir\]'"):
        read_nir(path)
    with pytest.raises(NirError, match=r"pip install 'polychrony\[nir\]'"):
        to_nir(random_graph(1))
