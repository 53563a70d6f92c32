"""`polychrony explore`: configurations of a chip that serve a trained run best."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from torch.utils.data import Subset

from polychrony.experiments.bars import counting
from polychrony.experiments.commands.cosim import sample_batches
from polychrony.experiments.data import open_split
from polychrony.experiments.errors import Interrupted, UserError
from polychrony.experiments.exploration.evaluation import Batch, Evaluation
from polychrony.experiments.exploration.objectives import SHARES, Objective, check_known, choose
from polychrony.experiments.exploration.options import Explore
from polychrony.experiments.exploration.picture import save_front
from polychrony.experiments.exploration.records import Record, pareto_front
from polychrony.experiments.exploration.results import plain, write_csv
from polychrony.experiments.exploration.space import Space
from polychrony.experiments.files import check_writable, write_json
from polychrony.experiments.machine import command, library_versions, machine
from polychrony.experiments.models import graph_of
from polychrony.experiments.runs import Run, open_run
from polychrony.experiments.tables import listing, percent, quantity, say, table
from polychrony.hardware import get_chip
from polychrony.hardware.chip_file.write import chip_text

DEFAULT_TRIALS = 50
DEFAULT_OBJECTIVES = ("energy", "latency", "accuracy")
MOST_POINTS = 100_000


@dataclass(frozen=True)
class _Plan:
    """What the options come to."""

    space: Space
    objectives: tuple[Objective, ...]
    trials: int
    sampler: str


def explore(options: Explore, console: Console) -> dict[str, Any]:
    """Search for configurations of a chip that nothing else beats.

    Args:
        options: the run, what is varied, what is looked for, and where the study lies.
        console: where progress and results go.

    Returns:
        Every configuration that was tried, and the trials of the Pareto front.

    Raises:
        UserError: an option cannot be, the run is not finished, or the storage cannot be used.
        Interrupted: Ctrl-C; everything that was measured is kept.
    """
    if find_spec("optuna") is None:
        raise UserError("polychrony explore needs Optuna; pip install 'polychrony[explore]'")
    from polychrony.experiments.exploration.study import file_url, public, storage_errors

    plan = _plan(options)  # wrong names and missing prices are told before long work
    run = open_run(options.run, options.root)
    graph = graph_of(run.load_network())
    batches = _batches(run, options)
    question = _question(run, batches, plan, options)
    name = options.study or f"{plan.space.chip.name}-{_digest(json.dumps(question).encode())[:8]}"
    out = options.out or options.run / "explore" / name
    check_writable(out / "pareto.json")
    url = file_url(_storage_file(options.run)) if options.storage is None else options.storage
    say(console, f"study {name} in {public(url)}, sampler {plan.sampler}; results go to {out}")
    evaluation = Evaluation(graph, batches, plan.space, _arguments(options))
    with storage_errors(url):
        try:
            tried = _search(url, name, question, plan, options, evaluation, console)
        except KeyboardInterrupt:
            raise Interrupted(f"stopped; the same command goes on with study {name}") from None
    front = pareto_front(tried, plan.objectives)
    result = {
        "run": str(options.run),
        "recipe": run.recipe,
        "study": name,
        "storage": public(url),
        "split": options.split,
        **question,
        **plain(plan.space, plan.objectives, tried, front),
        "command": shlex.join(w.replace(url, public(url)) for w in shlex.split(command())),
        "machine": machine(),
        "versions": library_versions(),
    }
    title = f"{options.run} on {plan.space.chip.name}"
    _write(out, title, plan, tried, front, result)
    for made in _tables(title, plan, tried, front):
        console.print(made)
    return result


def _storage_file(folder: Path) -> Path:
    path = folder / "explore" / "studies.db"
    check_writable(path)
    path.parent.mkdir(exist_ok=True)
    return path


def _arguments(options: Explore) -> dict[str, Any]:
    """How every configuration is co-simulated, as far as it is not varied."""
    return {
        "profile": options.profile,
        "noc": options.noc,
        "static": options.static,
        "relays": None,
        "fan_in": "auto",
        "seed": options.seed,
    }


def _plan(options: Explore) -> _Plan:
    for option, value, least in (
        ("--trials", 1 if options.trials is None else options.trials, 1),
        ("--samples", options.samples, 0),
        ("--seed", options.seed, 0),
    ):
        if value < least:
            raise UserError(f"{option} is {value}; it must be {least} or above")
    # As a folder, a name of dots would be another one.
    if options.study is not None and not re.fullmatch(r"(?!\.+$)[^/\\]{1,100}", options.study):
        raise UserError(
            f"--study is {options.study[:40]!r}; it names a folder: 1 to 100 characters without / "
            "and \\ are allowed"
        )
    chip = get_chip(options.chip)
    space = Space(chip, options.vary)
    if options.profile is not None and "profile" in space.choices:
        raise UserError("--profile is given and varied; leave it out, or leave out --vary profile")
    objectives = choose(options.objective or DEFAULT_OBJECTIVES)
    varied = [str(name) for name in space.choices.get("profile", ())]
    limited = chip.synaptic_memory_bits is not None or "synaptic-memory-bits" in space.choices
    profiles = [chip.profile(name) for name in varied] or [chip.profile(options.profile)]
    check_known(objectives, profiles, options.static, limited)
    sampler, asked = options.sampler, options.trials or DEFAULT_TRIALS
    if sampler == "auto":
        sampler = "grid" if space.size <= asked else "tpe"
    if sampler != "grid":
        return _Plan(space, objectives, asked, sampler)
    if space.size > MOST_POINTS:
        raise UserError(
            f"--sampler grid: there are {space.size:,} combinations, and a grid may have "
            f"{MOST_POINTS:,}; vary less, or choose another sampler"
        )
    return _Plan(space, objectives, min(options.trials or space.size, space.size), sampler)


def _batches(run: Run, options: Explore) -> list[Batch]:
    data = open_split(run.recipe, run.config, options.split)
    count = min(options.samples or len(data), len(data))
    return list(sample_batches(Subset(data, range(count))))


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:16]


def _question(run: Run, batches: Sequence[Batch], plan: _Plan, options: Explore) -> dict[str, Any]:
    """Everything that the outcomes of a study depend on; equal on every machine."""
    contents = [array.tobytes() for batch in batches for array in batch]
    return {
        "network": _digest(run.network_path.read_bytes()),
        "samples": sum(len(labels) for _, labels in batches),
        "data": _digest(*contents),
        "chip": plan.space.chip.name,
        "chip_file": _digest(chip_text(plan.space.chip).encode()),
        "varied": {name: list(choices) for name, choices in plan.space.choices.items()},
        "objective": [objective.name for objective in plan.objectives],
        "profile": options.profile,
        "noc": options.noc,
        "static": options.static,
        "sampler": plan.sampler,
        "seed": options.seed,
    }


def _search(
    url: str,
    name: str,
    question: Mapping[str, Any],
    plan: _Plan,
    options: Explore,
    evaluation: Evaluation,
    console: Console,
) -> list[Record]:
    from polychrony.experiments.exploration.runner import run_trials
    from polychrony.experiments.exploration.samplers import make_sampler
    from polychrony.experiments.exploration.study import open_study, records

    study = open_study(url, name, question, plan.objectives)
    study.sampler = make_sampler(plan.sampler, plan.space, options.seed)
    with counting(console, f"exploring {plan.space.chip.name}") as bar:

        def report(record: Record | None, done: int) -> None:
            if record is not None:
                say(console, _line(record, plan.objectives))
            elif done:
                say(console, f"{done} of {plan.trials} configurations are there already")
            bar(done, plan.trials)

        run_trials(study, plan.space, plan.objectives, evaluation, plan.trials, report)
    return records(study)


def _line(record: Record, objectives: Sequence[Objective]) -> str:
    params = " ".join(f"{name}={_shown(value)}" for name, value in record.params.items())
    if record.repeats is not None:
        outcome = f"as trial {record.repeats}"
    elif record.feasible:
        told = (f"{o.name} {_amount(o, record.measured[o.name])}" for o in objectives)
        outcome = ", ".join(told)
    else:
        outcome = f"does not fit: {record.reason}"
    return f"trial {record.number}: {params}: {outcome}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)


def _amount(objective: Objective, value: float) -> str:
    if objective.unit in ("J", "s"):
        return quantity(value, objective.unit, digits=5)
    if objective.name in SHARES:
        return percent(value)
    number = f"{value:,.0f}" if value == int(value) else f"{value:.4g}"
    return f"{number} {objective.unit}".strip()


def _write(
    out: Path,
    title: str,
    plan: _Plan,
    tried: Sequence[Record],
    front: Sequence[Record],
    result: Mapping[str, Any],
) -> None:
    write_csv(out / "trials.csv", plan.space, tried, front)
    for name in ("pareto.png", "pareto.svg"):
        save_front(out / name, title, plan.objectives, tried, front)
    write_json(out / "pareto.json", result)


def _tables(title: str, plan: _Plan, tried: Sequence[Record], front: Sequence[Record]) -> list[Any]:
    names = [factor.name for factor in plan.space.factors]
    rows = [
        [
            str(record.number),
            *(_shown(record.params[name]) for name in names),
            *(_amount(o, record.measured[o.name]) for o in plan.objectives),
        ]
        for record in front
    ]
    columns = ["trial", *names, *(objective.name for objective in plan.objectives)]
    outcomes = Counter(record.outcome for record in tried)
    notes = {
        "configurations": f"{outcomes['measured']} measured, {outcomes['repeated']} repeated, "
        f"{outcomes['infeasible']} do not fit; {plan.space.size:,} combinations",
        "costs of events": "those of the chip as it is: no varied number makes an event dearer",
    }
    reasons = Counter(record.reason for record in tried if record.outcome == "infeasible")
    for rank, (reason, count) in enumerate(reasons.most_common(3), 1):
        notes[f"does not fit ({rank})"] = f"{count}: {reason}"
    return [
        table(f"Pareto front, {title}", columns, rows),
        listing("what was tried", notes),
    ]
