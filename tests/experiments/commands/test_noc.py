"""`polychrony noc`"""

from __future__ import annotations

import json

import pytest

SMALL = ["--mesh", "4x4", "--cycles", "600", "--warmup", "100"]


def numbers_of(said):
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_the_numbers_have_stable_names_and_the_options_stand_beside_them(call):
    words = ["--traffic", "hotspot:0,5", "--rate", "0.05", "--seed", "3", "--vcs", "2"]
    words += ["--buffer", "4", "--packet-flits", "2", "--pipeline", "plain"]
    numbers = numbers_of(call("noc", *SMALL, *words, "--json", "-"))
    asked = {
        "mode": "cycle",
        "mesh": "4x4",
        "traffic": "hotspot:0,5",
        "rate_flits_per_node_cycle": 0.05,
        "packet_flits": 2,
        "virtual_channels": 2,
        "buffer_flits": 4,
        "pipeline": "plain",
        "warmup_cycles": 100,
        "window_end_cycle": 600,
        "seed": 3,
    }
    assert asked.items() <= numbers.items()
    assert numbers["delivered_fraction"] == 1.0 and numbers["saturated"] is False
    points = numbers["latency_percentiles_cycles"]
    assert list(points) == ["50", "95", "99", "100"]
    assert 7 + 1 <= points["50"] <= points["95"] <= points["99"] <= points["100"]
    assert points["50"] / 2 < numbers["latency_mean_cycles"] < points["100"]
    assert 0 < numbers["hops_mean"] < 6
    assert 0 < numbers["throughput_flits_per_node_cycle"] < 0.1
    for per_second, count in (
        ("cycles_per_s", "simulated_cycles"),
        ("flits_per_s", "delivered_flits"),
    ):
        assert numbers[per_second] * numbers["simulation_s"] == pytest.approx(numbers[count])
    assert numbers["machine"]["cores"] and numbers["versions"]["numba"]


def test_the_table_says_what_the_json_says(call, tmp_path):
    said = call("noc", *SMALL, "--json", tmp_path / "noc.json")
    numbers = json.loads((tmp_path / "noc.json").read_text())
    assert "600 cycles of uniform traffic on 16 routers" in said.out
    assert f"{numbers['latency_mean_cycles']:.2f} cycles" in said.out
    assert f"{numbers['throughput_flits_per_node_cycle']:.4f} flits per node and cycle" in said.out
    assert f"{numbers['packets']:,}, created in cycles 100 to 599" in said.out
    assert "queue that grows" not in said.out


def test_a_saturated_network_says_so(call):
    words = ["--traffic", "hotspot:0", "--rate", "0.5"]
    said = call("noc", *SMALL, *words)
    assert "queue that grows" in said.out
    numbers = numbers_of(call("noc", *SMALL, *words, "--json", "-"))
    assert numbers["saturated"] is True and numbers["delivered_fraction"] < 0.5


def test_modes_agree_where_packets_do_not_meet(call, tmp_path):
    trace = tmp_path / "trace.csv"
    trace.write_text("time,source,target,flits\n0,0,15,1\n50,15,0,3\n")
    for mode in ("analytic", "queueing", "cycle"):
        words = ["--mesh", "4x4", "--trace", trace, "--mode", mode, "--json", "-"]
        numbers = numbers_of(call("noc", *words))
        assert numbers["mode"] == mode
        assert numbers["latency_mean_cycles"] == (23 + 25) / 2
        assert numbers["saturated"] is None


def test_a_trace_is_measured_whole_or_in_a_window(call, tmp_path):
    trace = tmp_path / "trace.csv"
    trace.write_text("time,source,target\n0,0,1\n100,0,2\n200,0,3\n")
    words = ["noc", "--mesh", "4x4", "--trace", trace, "--json", "-"]
    whole = numbers_of(call(*words))
    assert (whole["packets"], whole["latency_mean_cycles"]) == (3, 11)
    assert (whole["warmup_cycles"], whole["window_end_cycle"]) == (0, 200 + 14 + 1)
    assert "traffic" not in whole and whole["trace"] == str(trace)
    part = numbers_of(call(*words, "--warmup", 100, "--cycles", 200))
    assert (part["packets"], part["latency_mean_cycles"]) == (1, 11)


def test_without_packets_the_latency_is_null(call):
    numbers = numbers_of(call("noc", *SMALL, "--rate", 0, "--json", "-"))
    assert numbers["latency_mean_cycles"] is None and numbers["packets"] == 0
    assert "no packet to measure" in call("noc", *SMALL, "--rate", 0).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--mesh", "8"], "--mesh is '8'; write columns x rows"),
        (["--mesh", "0x8"], "from 1 to 1024"),
        (["--mesh", "8x8x8"], "--mesh is '8x8x8'"),
        (["--mesh", "4x2", "--traffic", "transpose"], "needs a square mesh"),
        (["--traffic", "hotspot:0,64"], "outside 0 to 63"),
        (["--traffic", "hotspot:a"], "names no tiles"),
        (["--traffic", "tornado"], "choose uniform, transpose or hotspot"),
        (["--rate", "1.1"], "--rate is 1.1; allowed are 0 to 1"),
        (["--rate", "nan"], "--rate is nan"),
        (["--rate", "much"], "--rate"),
        (["--warmup", "20000"], "nothing is left to measure"),
        (["--warmup", "-1"], "--warmup is -1; it must be 0 or above"),
        (["--cycles", "0"], "--cycles is 0"),
        (["--packet-flits", "0"], "--packet-flits is 0"),
        (["--packet-flits", "1000000000000"], "from 1 to 1,000,000"),
        (["--buffer", "10000000000000"], "--buffer is 10000000000000; it must be 65,536 or below"),
        (["--cycles", "100000000000000000000"], "it must be 1,000,000,000,000 or below"),
        (["--cycles", "100000000000"], "100,000,000 are allowed: lower one of them"),
        (["--mesh", ""], "--mesh is ''"),
        (["--mesh", "-4x4"], "--mesh is '-4x4'"),
        (["--traffic", ""], "unknown traffic ''"),
        (["--traffic", "hotspot"], "names no tiles"),
        (["--rate", "inf"], "--rate is inf"),
        (["--mode", "fast"], "'analytic', 'queueing', 'cycle'"),
        (["--seed", "-1"], "--seed is -1"),
        (["--vcs", "0"], "virtual_channels is 0"),
        (["--vcs", "13"], "use fewer channels"),
        (["--buffer", "0"], "buffer_flits is 0"),
        (["--pipeline", "fast"], "speculative"),
        (["--trace", "nowhere.csv"], "cannot read trace nowhere.csv"),
        (["--trace", "t.csv", "--rate", "0.1"], "--rate is for synthetic traffic"),
        (["--trace", "t.csv", "--seed=0"], "--seed is for synthetic traffic"),
    ],
)
def test_mistakes_are_told_in_one_line(words, said, call):
    assert call("noc", *words).is_one_error(said)


def test_a_bad_trace_is_told_with_its_line(call, tmp_path):
    trace = tmp_path / "trace.csv"
    trace.write_text("time,source,target\n0,0,1\n5,0,99\n")
    assert call("noc", "--mesh", "4x4", "--trace", trace).is_one_error("line 3", "target 99")
    trace.write_text("time,source,target\n0,0,1\n5,0\n")
    assert call("noc", "--mesh", "4x4", "--trace", trace).is_one_error("line 3: '5,0'")
    for text, words in (
        ("", ["line 1: header is ''"]),
        ("source,target\n0,1\n", ["line 1: header is 'source,target'"]),
        ("time,source,target\nnan,0,1\n", ["line 2: 'nan,0,1'"]),
        ("time,source,target\n-1,0,1\n", ["line 2: time -1"]),
        ("time,source,target,flits\n0,0,1,0\n", ["line 2: flits 0 lies outside 1 to 1000000"]),
        ("time,source,target,flits\n0,0,1,2000000000\n", ["line 2: flits 2000000000"]),
    ):
        trace.write_text(text)
        assert call("noc", "--mesh", "4x4", "--trace", trace).is_one_error(*words)
    (tmp_path / "trace.npz").write_bytes(b"PK\x03\x04 and no more")
    assert call("noc", "--trace", tmp_path / "trace.npz").is_one_error("no .npz file")
    assert call("noc", "--trace", tmp_path).is_one_error("cannot read trace")
    trace.write_text("time,source,target\n0,0,1\n")
    assert call("noc", "--trace", trace, "--warmup", 7).is_one_error("nothing is left")
