"""Everything that decides a training run, as typed options."""

from __future__ import annotations

import dataclasses
import math
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from polychrony.experiments.bits import GridName, Per, count_blocks
from polychrony.experiments.errors import UserError
from polychrony.experiments.lateness import Distribution
from polychrony.experiments.steps import check_steps

RecipeName = Literal[
    "digits",
    "coincidence",
    "shd",
    "ssc",
    "nmnist",
    "tactile",
    "dvsgesture",
    "cifar10dvs",
    "cifar10",
    "cifar100",
]
ScheduleName = Literal["cosine", "one-cycle", "wsd", "linear", "rex"]
RuleName = Literal["bptt", "tess", "s-tllr", "ottt", "eprop", "decolle"]


@dataclass(frozen=True)
class DataConfig:
    """Where samples come from and how they are binned."""

    root: Path = Path("data")
    """Folder of the data files."""
    dt_ms: float = 10.0
    """Duration of a step, ms."""
    duration_ms: float = 1000.0
    """Time kept of every sample, ms; shorter ones end in silence."""
    pool: int = 1
    """Adjacent input channels summed into one."""
    valid_speakers: tuple[int, ...] = ()
    """Speakers, or subjects of gestures, of the training set held out for validation."""
    channel_shift: int = 0
    """Most channels by which training samples move, each at random, after pooling."""
    speed: float = 0.0
    """Largest part by which training samples become longer or shorter, each at random."""
    channel_stretch: float = 0.0
    """Largest part by which their channels are spread or narrowed, each at random."""
    lost_events: float = 0.0
    """Largest part of the events of a training sample that is lost, each sample's own."""
    data_seed: int = 0
    """Seed of modelled data and of its splits."""
    workers: int = 0
    """Loader processes; 0 loads in the training process."""
    size: int = 0
    """Side of the frames of a camera, pixels; 0 keeps that of the sensor."""
    split_by: Literal["time", "number"] = "time"
    """Frames of --dt-ms each, or of as many events each."""
    mean: tuple[float, ...] = ()
    """Subtracted from each channel of a frame, in its own unit; empty subtracts nothing."""
    std: tuple[float, ...] = ()
    """What each channel of a frame is then divided by."""
    valid_fraction: float = 0.1
    """Part of each class of the training set held out, where no split was published."""
    partial: bool = False
    """Take fewer recordings than were published."""
    crop: int = 0
    """Pixels by which training frames are padded and then cropped at random."""
    flip: float = 0.0
    """Probability that a training frame is mirrored."""
    cutout: float = 0.0
    """Probability that a rectangle of a training frame is replaced."""
    samples: int = 0
    """Samples of each split, drawn by --data-seed; 0 takes all."""
    still: bool = False
    """Images of digits, the same in every step, instead of events of a camera before them."""


@dataclass(frozen=True)
class NetworkConfig:
    """The network."""

    hidden: tuple[int, ...] = (256, 256)
    """Neurons of each hidden layer."""
    delays: Literal["learned", "fixed", "none"] = "learned"
    """Delays that learn, random integers that stay, or none."""
    max_delay_ms: float = 240.0
    """Longest delay, ms; a whole number of steps."""
    kernel: Literal["gauss", "triangle", "linear"] = "gauss"
    """Shape that spreads a real-valued delay over steps while it learns."""
    taps: int = 1
    """Synapses per pair of neurons, each with weight and delay."""
    tau_mem_ms: float = 10.05
    """Membrane time constant, ms."""
    discretization: Literal["exact", "euler"] = "euler"
    """Decay per step: exp(-dt/tau) or 1 - dt/tau."""
    dropout: float = 0.4
    """Probability that a hidden neuron is silent for a whole sample."""
    surrogate_alpha: float = 5.0
    """Steepness of the arctangent surrogate gradient, 1/V."""
    neurons: Literal["lif", "adlif"] = "lif"
    """Hidden neurons: leaky integrate-and-fire, or adaptive ones whose time constants and
    adaptation learn, neuron by neuron; no chip holds the latter."""
    adaptation: float = 10.0
    """Strength q of the adaptation of adlif. It acts once a step, so finer steps need more."""
    recurrent_ms: float = 0.0
    """Longest delay of synapses among the neurons of a hidden layer, ms; 0 has no such synapses."""
    level_start: bool = False
    """Begin with potentials of one size whatever the step: what goes into membranes that remember
    many steps is scaled down, and the weights of the readout learn as much slower."""
    connectivity: float = 1.0
    """Part of its possible synapses that each neuron has, drawn at random once."""
    lateness: tuple[Distribution, ...] = ()
    """Probabilities that a spike comes 0, 1, ... steps late in training, as 0.8,0.15,0.05; what is
    missing to 1 is lost. One for all spikes, or one for those of the input and each hidden layer.
    """
    weight_bits: int = 0
    """Bits of a weight, 1 to 8, trained with learned steps; 0 keeps weights real."""
    spike_bits: int = 1
    """Bits of a hidden neuron's spike, 1 to 8; from 2 on, neurons reset softly."""
    per: Per = "channel"
    """One step of weights for each hidden neuron, or one for a layer."""
    grid: GridName = "uniform"
    """Whole numbers that weights can be; loihi makes steps powers of two."""
    layer_bits: tuple[str, ...] = ()
    """Other bits of some layers, weights/spikes, as hidden1=8/1 output=4."""


@dataclass(frozen=True)
class TrainingConfig:
    """How the network is trained."""

    epochs: int = 150
    """Passes over the training set."""
    batch_size: int = 256
    """Samples per step."""
    lr: float = 5e-3
    """Peak learning rate of weights."""
    lr_delays: float = 0.1
    """Peak learning rate of delays, steps."""
    schedule: Literal["own", "cosine", "one-cycle", "wsd", "linear", "rex"] = "own"
    """Learning rate of weights over the run; wsd is warm-up, stable, decay. own is one-cycle for
    networks with delays and cosine for those of blocks."""
    loss_step_ms: float = 0.0
    """What counts as one step in the loss, ms, so that finer steps do not sharpen it; 0 counts each
    step as one."""
    label_smoothing: float = 0.0
    """Share of the target that is spread over all classes."""
    schedule_delays: ScheduleName = "cosine"
    """Learning rate of delays over the run."""
    weight_decay: float = 1e-5
    """L2 penalty on synaptic weights."""
    sigma_epochs: int = 0
    """Epochs over which delay kernels narrow; 0 takes a quarter of all."""
    settle_epochs: int = 0
    """Last epochs in which delays are whole steps already and only weights learn."""
    clip_grad_norm: float = 0.0
    """Largest gradient norm; 0 does not clip."""
    mixed_precision: Literal["no", "bf16", "fp16"] = "no"
    """Precision of matrix products."""
    device: Literal["auto", "cpu"] = "auto"
    """`auto` takes a GPU where there is one."""
    seed: int = 0
    """Seed of initial values, order of samples and dropout."""
    watch_test: bool = False
    """Also test after every epoch. It chooses nothing; the result tells the best of these
    accuracies beside its own, for papers that choose the epoch on the test set."""
    keep: Literal["best", "last"] = "best"
    """Weights that are kept and tested: of the epoch with the best validation accuracy, or of the
    last one."""


@dataclass(frozen=True)
class BlocksConfig:
    """The rule of learning, and the network of blocks that learns by it."""

    rule: RuleName = "bptt"
    """Backpropagation through time, or a local rule; see docs/local-learning.md."""
    architecture: Literal["delays", "blocks"] = "delays"
    """The network with delays, or the one of blocks, which local rules need."""
    layers: str = "256-256"
    """Blocks from input to output: 64C3 are 64 maps of 3 x 3, 64C3S2 with stride 2; P2 is max
    pooling, GAP the mean over space; 256 are neurons, 256R recurrent ones."""
    weights: Literal["standardized", "plain"] = "standardized"
    """Weights of zero mean and fixed power for every neuron or map, or as they are."""
    decay: float = 0.5
    """Factor of the membrane potential per step."""
    v_threshold: float = 0.6
    """Potential above which a neuron fires, V."""
    slope: Literal["triangle", "superspike"] = "triangle"
    """Surrogate derivative: 0.3 max(0, 1 - |x|), or 1 / (100 |x| + 1)^2."""
    readout_decay: float = 0.0
    """Factor of the readout's potential per step."""
    alpha_post: float = 1.0
    """Share of the part of input after the neuron, of TESS and S-TLLR: -1, 0 or 1."""
    lambda_pre: float = 0.5
    """Factor of the input's trace per step, of TESS and S-TLLR."""
    lambda_post: float = 0.2
    """Factor of the neuron's trace per step, of TESS and S-TLLR."""
    feedback: Literal["own", "spatial", "direct"] = "own"
    """What brings errors to the blocks, of S-TLLR and e-prop: backpropagation in space or fixed
    random weights; own is spatial for S-TLLR and direct for e-prop."""
    first_step: int = 0
    """Steps before this one bring no learning signal."""
    pool_to: tuple[int, ...] = ()
    """Side to which local readouts average the maps of each block; empty averages nothing."""
    projection_power: float = 1.0
    """Square waves of TESS are divided by the number of features to this power: 1 as published, 0.5
    for rows of length 1."""


@dataclass(frozen=True)
class Config:
    """A whole training run."""

    data: DataConfig = field(default_factory=DataConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    blocks: BlocksConfig = field(default_factory=BlocksConfig)

    @property
    def dt(self) -> float:
        """Duration of a step, s."""
        return self.data.dt_ms * 1e-3

    @property
    def n_steps(self) -> int:
        """Steps of a sample."""
        return whole_steps("--duration-ms", self.data.duration_ms, self.data.dt_ms, least=1)

    @property
    def max_delay(self) -> int:
        """Longest delay, steps."""
        return whole_steps("--max-delay-ms", self.network.max_delay_ms, self.data.dt_ms, least=0)

    @property
    def recurrent(self) -> int:
        """Longest delay within a hidden layer, steps; 0 for no synapses there."""
        return whole_steps("--recurrent-ms", self.network.recurrent_ms, self.data.dt_ms, least=0)

    @property
    def n_hidden(self) -> int:
        """Layers before the readout."""
        if self.blocks.architecture == "blocks":
            return count_blocks(self.blocks.layers)
        return len(self.network.hidden)

    @property
    def sigma_epochs(self) -> int:
        """Epochs over which delay kernels narrow."""
        return self.training.sigma_epochs or max(1, self.training.epochs // 4)


def whole_steps(option: str, duration_ms: float, dt_ms: float, least: int) -> int:
    """Number of steps of a duration that must be a multiple of the step.

    Raises:
        UserError: it is not, or is shorter than `least` steps.
    """
    if not (dt_ms > 0 and math.isfinite(dt_ms)):
        raise UserError(f"--dt-ms is {dt_ms}; it must be above 0 and finite")
    steps = round(duration_ms / dt_ms) if math.isfinite(duration_ms) else -1
    if steps < least or abs(steps * dt_ms - duration_ms) > 1e-6 * max(dt_ms, duration_ms):
        raise UserError(
            f"{option} is {duration_ms} ms; it must be a multiple of --dt-ms {dt_ms}, "
            f"at least {least} steps"
        )
    check_steps(steps, f"{option} {duration_ms:g} with --dt-ms {dt_ms:g}", "use longer steps")
    return steps


def option_name(key: str) -> str:
    """Option of the command line that sets a field."""
    return f"--{key.replace('_', '-')}"


def to_dict(config: Config) -> dict[str, Any]:
    """The configuration in JSON's types."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        return str(value) if isinstance(value, Path) else value

    return {key: plain(value) for key, value in dataclasses.asdict(config).items()}


def from_dict(content: Any) -> Config:
    """The configuration that `to_dict` wrote.

    Raises:
        UserError: an option is unknown, or of another type.
    """
    needed = {"data": DataConfig, "network": NetworkConfig, "training": TrainingConfig}
    sections = {**needed, "blocks": BlocksConfig}
    if not isinstance(content, dict) or not set(needed) <= set(content) <= set(sections):
        raise UserError(f"a configuration needs the sections {', '.join(sections)}")
    return Config(**{name: _section(sections[name], value) for name, value in content.items()})


def _section(kind: type[Any], content: Any) -> Any:
    hints = typing.get_type_hints(kind)
    if not isinstance(content, dict):
        raise UserError(f"a section of the configuration is {content!r}; it must hold options")
    unknown = set(content) - set(hints)
    if unknown:
        raise UserError(f"the configuration holds unknown options: {', '.join(sorted(unknown))}")
    return kind(**{key: _convert(hints[key], value, key) for key, value in content.items()})


def _convert(hint: Any, value: Any, key: str) -> Any:
    origin = typing.get_origin(hint)
    if origin is Literal and value in typing.get_args(hint):
        return value
    if origin is tuple and isinstance(value, list):
        return tuple(_convert(typing.get_args(hint)[0], item, key) for item in value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint is float and type(value) in (int, float):
        return float(value)
    if origin is None and type(value) is hint:
        return value
    raise UserError(f"configuration option {key} cannot be {value!r}")
