"""What the page says in words and tables."""

from __future__ import annotations

from typing import Any

from polychrony.experiments.reporting.content import WHOLE_CHIP
from polychrony.experiments.reporting.markup import Html, bullets, html, pairs, table, tag
from polychrony.experiments.reporting.plots.energy import components
from polychrony.experiments.reporting.told import joules, plain, seconds, share, spoken, told

_DECIDED = {
    "unpruned": "software, all synapses",
    "software": "software",
    "hardware": "chip",
    "agreement": "agreement of both",
}


def summary(content: Any) -> Html:
    """The numbers that matter most."""
    result = content["result"]
    rows: list[tuple[object, object]] = [
        ("chip and costs", f"{result['chip']}, profile {result['profile']}"),
        ("network on chip", result["noc"]),
        (
            "samples and steps",
            [
                told(content, "result", "n_samples"),
                " samples of ",
                told(content, "result", "steps_per_inference"),
                " steps",
            ],
        ),
    ]
    if result["accuracy_software"] is not None:
        software = told(content, "result", "accuracy_software", show=share)
        hardware = told(content, "result", "accuracy_hardware", show=share)
        rows.append(("accuracy, software and chip", [software, " and ", hardware]))
    else:
        rows.append(("accuracy", "not known: the samples have no labels"))
    if result["pruning"] is not None:
        rows.append(("pruned", _pruned(content)))
    if result["input"] is not None:
        rows.append(("input", spoken(content, "result", "input")))
    energy = told(content, "result", "energy_per_inference_J", "total", show=joules)
    latency = told(content, "result", "latency_per_inference_s", show=seconds)
    used = [told(content, "result", "mapping", key) for key in ("cores", "cores_of_chip")]
    rows += [
        ("energy per inference", energy),
        ("latency per inference", latency),
        ("cores in use", [used[0], " of ", used[1]]),
        ("chips in use", told(content, "result", "mapping", "chips")),
    ]
    return html([pairs(rows), _changes(content)])


def _pruned(content: Any) -> list[object]:
    at = ("result", "pruning")
    dropped, held = (told(content, *at, key) for key in ("synapses_dropped", "synapses_unpruned"))
    said: list[object] = [
        dropped,
        " of ",
        held,
        f" synapses, by {content['result']['pruning']['criterion']}",
    ]
    if "unpruned" not in content["derived"]["accuracy"]:
        return said
    before = told(content, *at, "accuracy_software_unpruned", show=share)
    return [*said, "; with all of them the software is right in ", before]


def _changes(content: Any) -> Html:
    changes = content["result"]["changes"]
    if not changes:
        return tag("p", "The network was put on the chip as it is.")
    named = bullets([f"{name}: ", spoken(content, "result", "changes", name)] for name in changes)
    return html([tag("p", "To fit, the network was changed:"), named])


def decisions(content: Any) -> Html:
    """Accuracy and agreement with their intervals."""
    rows = []
    for name, label in _DECIDED.items():
        if name not in content["derived"]["accuracy"]:
            continue
        at = ("derived", "accuracy", name)
        low, high = (told(content, *at, end, show=share) for end in ("low", "high"))
        rows.append(
            [
                label,
                told(content, *at, "share", show=share),
                [low, " to ", high],
                [told(content, *at, "count"), " of ", told(content, "result", "n_samples")],
            ]
        )
    heads = ["", "share", "95 % interval", "samples"]
    return table("Accuracy and agreement", heads, rows)


def spikes(content: Any) -> Html:
    """Mean numbers of spikes, over all samples."""
    result = content["result"]
    rows = [
        [
            name,
            told(content, "result", "spikes_software_per_inference", name)
            if name in result["spikes_software_per_inference"]
            else "",
            told(content, "result", "spikes_per_inference", name),
            told(content, "result", "spikes_differ_per_inference", name)
            if name in result["spikes_differ_per_inference"]
            else "",
        ]
        for name in result["spikes_per_inference"]
    ]
    heads = ["population", "software", "chip", "in only one of the two"]
    return table("Spikes per inference, mean over all samples", heads, rows)


def messages(content: Any) -> Html:
    """Latency of messages, or why there is none."""
    result = content["result"]
    if result["noc_messages"] is None:
        return tag(
            "p",
            "There is no histogram: with ",
            tag("code", "--noc analytic"),
            " the latency is a sum of hops, and single messages are not simulated. ",
            tag("code", "--noc queueing"),
            " or ",
            tag("code", "--noc cycle"),
            " simulate them.",
        )
    at = ("result", "noc_messages")
    rows: list[tuple[object, object]] = [("messages", told(content, *at, "messages"))]
    if "latency_mean_s" in result["noc_messages"]:
        rows.append(("mean latency", told(content, *at, "latency_mean_s", show=seconds)))
        rows += [
            (
                "slowest" if percent == "100" else f"{percent} % of messages take at most",
                told(content, *at, "latency_percentiles_s", percent, show=seconds),
            )
            for percent in result["noc_messages"]["latency_percentiles_s"]
        ]
    if "deadline_misses" in result["noc_messages"]:
        tick = told(content, "record", "chip", "tick_s", show=seconds)
        missed = told(content, *at, "deadline_misses")
        rows.append((["later than the tick of ", tick], missed))
    return pairs(rows)


def traffic(content: Any) -> Html:
    """Messages, hops and the busiest link."""
    names = {
        "messages_per_inference": "messages per inference",
        "hops_east_west_per_inference": "links east or west crossed",
        "hops_north_south_per_inference": "links north or south crossed",
    }
    rows: list[tuple[object, object]] = [
        (label, told(content, "result", key)) for key, label in names.items()
    ]
    if content["derived"]["busiest_link"] is not None:
        at = ("derived", "busiest_link")
        ends = [told(content, *at, end) for end in ("source", "target")]
        count = told(content, *at, "messages_per_inference")
        rows.append(("busiest link", ["tile ", ends[0], " to ", ends[1], ": ", count]))
    rows.append(("links in use", told(content, "derived", "links")))
    return pairs(rows)


def energy(content: Any) -> Html:
    """Energy by component, then by layer, then what is left out."""
    result = content["result"]
    rows = [
        [
            name,
            told(content, "result", "energy_per_inference_J", name, show=joules),
            told(content, "derived", "energy_share", name, show=share),
        ]
        for name in result["energy_per_inference_J"]
    ]
    return html(
        [
            table("Energy per inference", ["component", "energy", "share"], rows),
            _layers(content),
            _left_out(result),
        ]
    )


def _layers(content: Any) -> Html:
    used, layers = components(content), content["derived"]["energy_per_layer_J"]
    rows = [
        [
            layer,
            *(
                told(content, "derived", "energy_per_layer_J", layer, name, show=joules)
                if name in costs
                else ""
                for name in used
            ),
        ]
        for layer, costs in layers.items()
    ]
    caption = f"Energy by layer and component; under “{WHOLE_CHIP}” what belongs to no core"
    return table(caption, ["layer", *used], rows) if rows else html("")


def _left_out(result: Any) -> Html:
    static = "static" in result["energy_per_inference_J"]
    held = ", ".join(f"{name} in {other}" for name, other in result["energy_contains"].items())
    return pairs(
        [
            ("energy leaves out", ", ".join(result["energy_excludes"]) or "nothing known"),
            ("held by other components", held or "nothing"),
            ("static energy", "included" if static else "not included; --static adds it"),
            ("latency leaves out", ", ".join(result["latency_excludes"]) or "nothing known"),
        ]
    )


def placement(content: Any) -> Html:
    """Cores, their fullest limits, and how they were placed."""
    mapped = content["result"]["mapping"]
    at = ("result", "mapping")
    rows: list[tuple[object, object]] = [
        (
            "tiles in use",
            [told(content, *at, "tiles"), " of ", told(content, *at, "tiles_of_chip")],
        ),
        (
            "neurons, with copies",
            [told(content, *at, "neurons"), ", ", told(content, *at, "neurons_with_copies")],
        ),
    ]
    rows += [
        (f"cores of {name}", told(content, *at, "cores_per_population", name))
        for name in mapped["cores_per_population"]
    ]
    rows += [
        (
            f"fullest core, {name.replace('_', ' ')}",
            told(content, *at, "fullest_core_fraction", name, show=share),
        )
        for name in mapped["fullest_core_fraction"]
    ]
    if mapped["placement"] is not None:
        rows += [
            (
                key.replace("_", " "),
                told(content, *at, "placement", key)
                if isinstance(value, int | float)
                else str(value),
            )
            for key, value in mapped["placement"].items()
        ]
    return pairs(rows)


def quantization(content: Any) -> Html:
    """How far the chip's numbers are from those of the training."""
    names = {
        "weight_max": ("weight, largest", share),
        "weight_rms": ("weight, r.m.s.", share),
        "weights_lost": ("weights lost", plain),
        "threshold_max": ("threshold", share),
        "decay_max": ("decay per step", plain),
        "bias_max": ("bias (V)", plain),
        "delay_max": ("delay (steps)", plain),
    }
    rows = [
        [
            error["population"],
            *(
                told(content, "result", "quantization", place, key, show=show)
                for key, (_, show) in names.items()
            ),
        ]
        for place, error in enumerate(content["result"]["quantization"])
    ]
    heads = ["population", *(label for label, _ in names.values())]
    caption = "Errors of weights as shares of the largest one, of thresholds of themselves"
    return table(caption, heads, rows)


def origin(content: Any) -> Html:
    """What the page was made with."""
    result = content["result"]
    rows: list[tuple[object, object]] = [
        ("command", tag("code", result["command"])),
        ("run", result["run"]),
        ("seed of the training", told(content, "result", "seed")),
    ]
    placed = result["mapping"]["placement"]
    if placed is not None:
        seed = told(content, "result", "mapping", "placement", "seed")
        rows.append(("seed of placement and mismatch", seed))
    return pairs(
        [
            *rows,
            ("machine", spoken(content, "result", "machine")),
            ("versions", spoken(content, "result", "versions")),
        ]
    )
