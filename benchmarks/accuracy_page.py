"""docs/results.md, made from the rows that were kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.accuracy_tables import TABLES, Table
from benchmarks.intervals import Interval, apart, interval
from benchmarks.tables import markdown, quantity

Row = dict[str, Any]

HEAD = """# Results

This page is made by `python -m benchmarks.accuracy page` from `benchmarks/results/accuracy`; it is
not written by hand. Each row can be made again by its command, below its table.

**The data.** Spoken digits: the Heidelberg Digits recordings, sent once more through the published
model of the inner ear. Classes, speakers and sizes are those of SHD (8,156 samples to train, 2,264
to test; speakers 4 and 5, 81 % of the test, never occur in training), the spikes were drawn anew.
Results are close to those on the public SHD files, but not comparable with them to the last point.

**Two protocols.** *Last epoch*: the network after the last epoch, with integer delays, on the test
set; nothing was chosen on it. *Best on test*: the best of the accuracies after each epoch, chosen
on the test set itself, as papers on this set report it; it is never lower, and tells nothing of new
data. Validation is on a speaker of the training file who was never learned from.

**Intervals** are 95 % of Student's t over seeds. A row of one seed has none. The 2,264 test samples
alone leave 1.0 point open at 94 %."""
CHIPS = """On chips, the same networks: accuracy of all test samples in software and on the chip,
latency and energy of one inference (`polychrony cosim RUN --chip NAME --profile COSTS`; nothing was
trained again for a chip):"""
OTHERS = """## Elsewhere

| what | where |
|---|---|
| local rules of learning, six on five sets | [local learning](local-learning.md#results) |
| bits of weights, bits of spikes, or steps, at equal budget | [bit budget](bit-budget.md) |
| a task that only delays can solve, and learned delays beside right ones | [timing](timing.md) |
| software against three chips, step by step | [co-simulation](cosimulation.md) |
| speed, beside other libraries | [performance](performance.md) |

Not run, for want of the data: SSC, Speech Commands, DVS Gesture, CIFAR10-DVS, the public SHD files.
Their recipes are there, and are tested on files in the published layouts."""


def page(rows: Sequence[Row]) -> str:
    """The whole page."""
    parts = [HEAD]
    for table in TABLES:
        parts += _section(table, [row for row in rows if row["table"] == table.key])
    parts += [OTHERS, "## Machines", _machines(rows)]
    return "\n\n".join(parts) + "\n"


def _section(table: Table, rows: Sequence[Row]) -> list[str]:
    groups = {name: [row for row in rows if row["row"] == name] for name in table.rows}
    parts = [f"## {table.title}", table.text, _accuracies(groups)]
    compared = _comparisons(table, groups)
    if compared:
        parts.append(compared)
    if any(row["chips"] for row in rows):
        parts += [CHIPS, _chips(groups)]
    if rows:
        parts += ["Every run:", _runs(groups)]
    return parts


def _accuracies(groups: dict[str, list[Row]]) -> str:
    head = ["", "parameters", "seeds", "last epoch", "best on test", "validation", "per epoch"]
    lines = []
    for name, rows in groups.items():
        if not rows:
            lines.append([name, "", "not run", *[""] * 4])
            continue
        times = [row["epoch_time_s"] for row in rows]
        best = [row["best_on_test"]["test_accuracy"] for row in rows if row["best_on_test"]]
        valid = [row["valid_accuracy"] for row in rows if row["valid_accuracy"] is not None]
        lines.append(
            [
                name,
                " / ".join(sorted({f"{row['parameters']:,}" for row in rows})),
                str(len(rows)),
                told([row["test_accuracy"] for row in rows]),
                told(best) if len(best) == len(rows) else "not measured",
                told(valid) if len(valid) == len(rows) else "not measured",
                quantity(sum(times) / len(times), "s"),
            ]
        )
    return markdown(head, lines)


def told(values: Sequence[float]) -> str:
    """Accuracies in percent: mean and half of the interval."""
    found = interval(values)
    half = "" if found.half is None else f" ± {100 * found.half:.2f}"
    return f"{100 * found.mean:.2f}{half} %"


def _comparisons(table: Table, groups: dict[str, list[Row]]) -> str:
    lines = []
    for lower, higher in table.compare:
        if not (groups[lower] and groups[higher]):
            continue
        ends = _tested(groups[lower]), _tested(groups[higher])
        difference = 100 * (ends[1].mean - ends[0].mean)
        verdict = {True: "apart", False: "overlap", None: "unknown, one seed"}[apart(*ends)]
        lines.append([lower, higher, f"{difference:+.2f}", verdict])
    head = ["lower", "higher", "difference, points", "intervals"]
    return markdown(head, lines) if lines else ""


def _tested(rows: Sequence[Row]) -> Interval:
    return interval([row["test_accuracy"] for row in rows])


def _chips(groups: dict[str, list[Row]]) -> str:
    head = ["", "seed", "chip (costs)", "software", "chip", "cores", "latency", "energy"]
    lines, omitted = [], {}
    for name, rows in groups.items():
        for row in rows:
            for each in row["chips"]:
                lines.append([name, str(row["seed"]), *_chip(each)])
                omitted[_costs(each)] = ", ".join(each["energy_excludes"]) or "nothing"
    missing = "; ".join(f"{costs}: {what}" for costs, what in omitted.items())
    return f"{markdown(head, lines)}\n\nWhat these energies leave out: {missing}."


def _costs(each: dict[str, Any]) -> str:
    return f"{each['chip']} ({each['profile'] or 'none'})"


def _chip(each: dict[str, Any]) -> list[str]:
    energy = each["energy_J"]
    return [
        _costs(each),
        f"{100 * each['accuracy_software']:.2f} %",
        f"{100 * each['accuracy_hardware']:.2f} %",
        str(each["cores"]),
        quantity(each["latency_s"], "s"),
        "unknown" if energy is None else quantity(energy, "J"),
    ]


def _runs(groups: dict[str, list[Row]]) -> str:
    head = ["", "seed", "last epoch", "best on test (epoch)", "commit", "machine", "command"]
    lines = []
    for name, rows in groups.items():
        for row in sorted(rows, key=lambda each: each["seed"]):
            best = row["best_on_test"]
            chosen = f"{100 * best['test_accuracy']:.2f} % ({best['epoch']})" if best else ""
            tested = f"{100 * row['test_accuracy']:.2f} %"
            where = _machine(row)
            line = [name, str(row["seed"]), tested, chosen, f"`{row['commit'][:7]}`", where]
            lines.append([*line, f"`{row['command']}`"])
    return markdown(head, lines)


def _machine(row: Row) -> str:
    machine = row["machine"]
    devices = machine["gpus"] or [machine["processor"]]
    return f"{devices[0]}, {machine['torch_threads']} thread(s)"


def _machines(rows: Sequence[Row]) -> str:
    seen: dict[str, list[str]] = {}
    for row in rows:
        machine, versions = row["machine"], row["versions"]
        python = f"Python {machine['python']}, torch {versions['torch']}, numba {versions['numba']}"
        line = [f"{machine['cores']}", ", ".join(machine["gpus"]) or "none", machine["system"]]
        seen.setdefault(repr((_machine(row), line, python)), [_machine(row), *line, python])
    head = ["processor, threads of a run", "cores", "GPU", "system", "versions"]
    return markdown(head, list(seen.values()))
