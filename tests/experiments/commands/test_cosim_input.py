"""`polychrony cosim --input`: a user's spikes, and what is refused."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

GOOD = ([0.01, 0.05, 0.05, 0.19], [3, 699, 3, 40])
COMPARED = ("software", "hardware", "labels", "energy", "latency", "spikes", "quantization")


@pytest.fixture
def write(tmp_path):
    """Writes recordings, pairs (times, units), into an HDF5 file."""

    def words(*rows, labels=None, times=np.float64, units=np.int64):
        path = tmp_path / "mine.h5"
        with h5py.File(path, "w") as file:
            for name, column, dtype in (("times", 0, times), ("units", 1, units)):
                kind = h5py.vlen_dtype(dtype)
                made = file.create_dataset(f"spikes/{name}", (len(rows),), dtype=kind)
                for row, recording in enumerate(rows):
                    made[row] = np.asarray(recording[column], dtype)
            if labels is not None:
                file["labels"] = labels
        return path

    return words


def numbers_of(said):
    assert said.code == 0, said.err
    return json.loads(said.out)


def without_clock(numbers):
    leave = ("command", "input", "simulation_steps_per_s")
    return {name: value for name, value in numbers.items() if name not in leave}


LOOPS = (
    ["--chip", "loihi", "--samples", 7],
    ["--chip", "truenorth", "--noc", "queueing", "--tick-us", 300],
    ["--chip", "dynapse", "--profile", "moradi2018-1.3v", "--loop", "closed", "--noc", "cycle"],
    ["--noc", "cycle", "--loop", "open", "--tick-us", 0.5, "--compensate", 1],
)


@pytest.mark.parametrize("words", LOOPS)
def test_the_file_of_the_test_set_gives_the_numbers_of_the_test_set(
    words, call, finished, shd_files
):
    path = shd_files / "shd_test.h5"
    own = numbers_of(call("cosim", finished, "--input", path, *words, "--json", "-"))
    usual = numbers_of(call("cosim", finished, *words, "--json", "-"))
    assert without_clock(own) == without_clock(usual)
    assert usual["input"] is None
    assert own["input"]["recordings"] == own["samples"] and own["input"]["labels"] is True
    assert (own["input"]["channels"], own["input"]["channels_per_input"]) == (700, 10)


def test_without_labels_accuracy_is_unknown_and_the_report_says_so(call, finished, write, tmp_path):
    page = tmp_path / "page.html"
    words = ["--input", write(GOOD, GOOD), "--report", page, "--json", tmp_path / "out.json"]
    said = call("cosim", finished, *words)
    assert said.code == 0, said.err
    numbers = json.loads((tmp_path / "out.json").read_text())
    assert numbers["accuracy_software"] is None and numbers["accuracy_hardware"] is None
    assert numbers["agreement"] is not None and list(numbers["intervals_95"]) == ["agreement"]
    assert numbers["input"]["labels"] is False and numbers["samples"] == 2
    assert "not known: no labels" in said.out and "without labels" in said.out
    assert "not known: the samples have no labels" in page.read_text()


def test_one_recording_as_text_is_the_same_as_hdf5(call, finished, write, tmp_path):
    text = tmp_path / "mine.csv"
    lines = (f"{t},{u}\n" for t, u in zip(*GOOD, strict=True))
    text.write_text("time_s,neuron\n" + "".join(lines))
    results = [
        without_clock(numbers_of(call("cosim", finished, "--input", path, "--json", "-")))
        for path in (text, write(GOOD))
    ]
    assert results[0] == results[1] and results[0]["n_samples"] == 1
    assert results[0]["spikes_software_per_inference"]["input"] == len(GOOD[0])


def test_spikes_after_the_last_step_are_cut_and_counted(call, finished, write):
    times, units = GOOD
    long = ([*times, 0.2, 5.0, 1e300], [*units, 1, 2, 3])
    said = call("cosim", finished, "--input", write(long, labels=[4]), "--json", "-")
    numbers = numbers_of(said)
    assert (numbers["input"]["spikes"], numbers["input"]["spikes_cut"]) == (4, 3)
    assert (
        "1 recording of 700 channels, 10 summed into each input; 4 spikes, 3 from 0.2 s on are cut"
    )
    short = numbers_of(call("cosim", finished, "--input", write(GOOD, labels=[4]), "--json", "-"))
    assert without_clock(numbers) == without_clock(short)


def test_a_run_that_sums_no_channels_takes_its_inputs(call, tiny, train, tmp_path, write):
    words = " ".join(tiny).replace("--pool 10", "--pool 1").replace("--epochs 3", "--epochs 1")
    train([*words.split(), "--run", str(tmp_path / "whole")])
    said = numbers_of(call("cosim", tmp_path / "whole", "--input", write(GOOD), "--json", "-"))
    assert (said["input"]["channels"], said["input"]["channels_per_input"]) == (700, 1)


@pytest.mark.parametrize(
    ("rows", "more", "words"),
    [
        ([GOOD, ([0.2, 0.1], [1, 1])], {}, ["recording 1, spike 1", "0.1 s comes after 0.2 s"]),
        ([([0.1, 0.1], [1, 700])], {}, ["spike 1", "channel 700 lies outside 0 to 699"]),
        ([([0.1], [-1])], {}, ["channel -1 lies outside"]),
        ([([0.1], [2**32 + 1])], {}, ["channel 4294967297 lies outside"]),
        ([([-0.1, 0.1], [1, 1])], {}, ["spike 0", "-0.1 s", "not negative"]),
        ([([0.1, np.nan], [1, 1])], {}, ["spike 1", "time nan s", "finite"]),
        ([([0.1, np.inf], [1, 1])], {}, ["spike 1", "time inf s", "finite"]),
        ([([0.1], [1, 2])], {}, ["recording 0", "1 times and 2 channels"]),
        ([([200, 300], [1, 1])], {}, ["no spike before 0.2 s", "2 come after it", "seconds"]),
        ([([], [])], {}, ["no spike before 0.2 s"]),
        ([], {}, ["holds no recording"]),
        ([GOOD], {"labels": [20]}, ["label 20 of recording 0 lies outside 0 to 19"]),
        ([GOOD], {"labels": [-1]}, ["label -1"]),
        ([GOOD], {"labels": [0, 1]}, ["different lengths", "spikes/times 1", "labels 2"]),
        ([GOOD], {"labels": [0.5]}, ["labels hold no whole numbers"]),
        ([GOOD], {"labels": 1}, ["labels has shape ()"]),
        ([GOOD], {"units": np.float64}, ["spikes/units holds float64", "whole numbers"]),
    ],
)
def test_bad_recordings_are_refused_in_one_line(rows, more, words, call, finished, write):
    path = write(*rows, **more)
    assert call("cosim", finished, "--input", path).is_one_error(str(path), *words)


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({}, ["lacks spikes/times and spikes/units"]),
        ({"spikes": [1.0]}, ["lacks spikes/times and spikes/units"]),
        ({"spikes/times": [1.0]}, ["lacks spikes/units"]),
        ({"spikes/times/x": [1.0], "spikes/units/x": [1]}, ["lacks spikes/times and"]),
        ({"spikes/times": [1.0], "spikes/units": [1]}, ["spikes/times holds float64"]),
    ],
)
def test_files_of_another_layout_are_refused(tables, words, call, finished, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        for name, content in tables.items():
            file[name] = content
    said = call("cosim", finished, "--input", tmp_path / "other.h5")
    assert said.is_one_error("other.h5", *words)


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.999])
def test_a_file_that_is_cut_off_is_refused(kept, call, finished, write):
    path = write(*[GOOD] * 100)
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    assert call("cosim", finished, "--input", path).is_one_error("not a readable HDF5 file")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["no spike before 0.2 s"]),
        ("time_s,neuron\n", ["no spike before 0.2 s"]),
        ("time_ms,neuron\n1,2\n", ["line 1", "'time_s,neuron' if the file has a header"]),
        ("time_s,neuron\n0.1,2\n0.05,2\n", ["line 3", "0.05 s comes after 0.1 s"]),
        ("0.1,2.5\n", ["line 1: '0.1,2.5'"]),
        ("0,1;2\n", ["line 1: '0,1;2'"]),
        ("0.1,2\n0.15", ["line 2: '0.15'"]),
        ("0.1,2,3\n", ["line 1: '0.1,2,3'"]),
        ("1_0,2\n", ["line 1: '1_0,2'"]),
        ("0.1," + 30 * "9", ["line 1", "not a time in seconds and the number"]),
        ("nan,2\n", ["line 1: time nan s"]),
        ("-0.1,2\n", ["line 1: time -0.1 s"]),
        ("\n0.1,700\n", ["line 2: channel 700 lies outside 0 to 699"]),
        ("7" * 5000, ["line 1 is too long"]),
        ("\0\0\n", [r"line 1: '\x00\x00"]),
    ],
)
def test_bad_text_is_refused_with_its_line(text, words, call, finished, tmp_path):
    (tmp_path / "mine.csv").write_text(text)
    assert call("cosim", finished, "--input", "mine.csv").is_one_error("mine.csv", *words)


def test_places_that_hold_no_spike_file(call, finished, tmp_path, write):
    assert call("cosim", finished, "--input", "nowhere.h5").is_one_error("no spike file nowhere.h5")
    assert call("cosim", finished, "--input", tmp_path).is_one_error("there is no spike file")
    (tmp_path / "mine.csv").write_bytes(b"\xff\xfe\x00\x01")
    assert call("cosim", finished, "--input", "mine.csv").is_one_error("no text in UTF-8")
    (tmp_path / "mine.npy").touch()
    assert call("cosim", finished, "--input", "mine.npy").is_one_error(".h5, .hdf5, .csv, .txt")
    (tmp_path / "text.h5").write_text("0.1,2\n")
    assert call("cosim", finished, "--input", "text.h5").is_one_error("not a readable HDF5 file")
    said = call("cosim", finished, "--input", write(GOOD), "--root", tmp_path)
    assert said.is_one_error("leave it out with --input")


def test_potentials_that_leave_their_range_get_more_room(call, finished, write, tmp_path):
    """255 events of every input in every step: no network is trained for that."""
    times = np.repeat((np.arange(10) + 0.5) * 0.02, 255 * 70)
    units = np.tile(np.arange(70) * 10, 255 * 10)
    page = tmp_path / "page.html"
    path = write((times, units), labels=[1])
    said = call("cosim", finished, "--input", path, "--json", "-", "--report", page)
    numbers = numbers_of(said)
    assert numbers["spare_bits"] and set(numbers["spare_bits"]) <= {"hidden1", "output"}
    for name, bits in numbers["spare_bits"].items():
        assert said.err.count(f"{name}: potentials leave the range of the chip") == bits
    assert page.is_file()
    usual = numbers_of(call("cosim", finished, "--json", "-"))
    assert usual["spare_bits"] == {}
    name = next(iter(numbers["spare_bits"]))
    errors = [
        {each["population"]: each for each in run["quantization"]} for run in (usual, numbers)
    ]
    assert errors[1][name]["weight_max"] > errors[0][name]["weight_max"]
