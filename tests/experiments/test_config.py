"""Options: their ranges, and their way into a file and back."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polychrony.experiments.config import (
    Config,
    DataConfig,
    NetworkConfig,
    TrainingConfig,
    from_dict,
    option_name,
    to_dict,
    whole_steps,
)
from polychrony.experiments.errors import UserError
from polychrony.experiments.recipes import RECIPES
from polychrony.experiments.validation import validate

SECTIONS = {"data": DataConfig, "network": NetworkConfig, "training": TrainingConfig}


def changed(**options: Any) -> Config:
    config = Config()
    for section in SECTIONS:
        part = getattr(config, section)
        ours = {key: value for key, value in options.items() if hasattr(part, key)}
        config = dataclasses.replace(config, **{section: dataclasses.replace(part, **ours)})
    return config


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_configuration_survives_json(recipe):
    config = RECIPES[recipe]()
    assert from_dict(json.loads(json.dumps(to_dict(config)))) == config
    validate(config)


def test_lateness_survives_json():
    config = changed(lateness=((0.7, 0.2), (1.0,), (0.1 + 0.2, 1 / 3)))
    validate(config)
    assert from_dict(json.loads(json.dumps(to_dict(config)))) == config
    assert json.loads(json.dumps(to_dict(config))) == to_dict(config)


def test_no_two_options_share_a_name():
    names = [field.name for kind in SECTIONS.values() for field in dataclasses.fields(kind)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("epochs", 0),
        ("batch_size", -1),
        ("lr", 0.0),
        ("lr", float("nan")),
        ("lr", float("inf")),
        ("lr_delays", -0.1),
        ("weight_decay", -1.0),
        ("clip_grad_norm", -1.0),
        ("sigma_epochs", -1),
        ("settle_epochs", -1),
        ("settle_epochs", 150),
        ("seed", -1),
        ("seed", 2**32),
        ("data_seed", -1),
        ("workers", -1),
        ("channel_shift", -1),
        ("pool", 0),
        ("taps", 0),
        ("tau_mem_ms", 0.0),
        ("surrogate_alpha", 0.0),
        ("dropout", 1.0),
        ("dropout", -0.1),
        ("dropout", float("nan")),
        ("hidden", ()),
        ("hidden", (16, 0)),
        ("lateness", ((0.8, 0.3),)),
        ("lateness", ((),)),
        ("lateness", ((-0.5,),)),
        ("lateness", ((float("nan"),),)),
        ("lateness", ((1.0,), (1.0,))),
        ("dt_ms", 0.0),
        ("dt_ms", float("nan")),
        ("dt_ms", float("inf")),
        ("duration_ms", 0.0),
        ("duration_ms", 1005.0),
        ("duration_ms", float("nan")),
        ("duration_ms", float("inf")),
        ("max_delay_ms", -10.0),
        ("max_delay_ms", 245.0),
        ("max_delay_ms", float("inf")),
    ],
)
def test_a_value_outside_its_range_is_refused_by_the_name_of_its_option(option, value):
    with pytest.raises(UserError, match=option_name(option)):
        validate(changed(**{option: value}))


def test_values_on_the_border_are_allowed():
    validate(changed(dropout=0.0, max_delay_ms=0.0, weight_decay=0.0, seed=2**32 - 1))


@given(steps=st.integers(0, 10_000), dt_ms=st.sampled_from([0.1, 0.3, 0.5, 1.0, 1.4, 5.0, 7.3]))
def test_whole_steps_undo_a_multiplication(steps, dt_ms):
    assert whole_steps("--x", steps * dt_ms, dt_ms, least=0) == steps


@given(steps=st.integers(0, 1000), part=st.floats(0.01, 0.99))
def test_a_part_of_a_step_is_refused(steps, part):
    with pytest.raises(UserError, match="multiple"):
        whole_steps("--x", (steps + part) * 5.0, 5.0, least=0)


def test_more_than_ten_thousand_steps_are_taken_for_a_slip():
    validate(changed(dt_ms=0.1, duration_ms=1000.0, max_delay_ms=0.0))
    with pytest.raises(
        UserError, match=r"--duration-ms 999 with --dt-ms 0.003: 333,000 steps, and"
    ):
        validate(changed(dt_ms=0.003, duration_ms=999.0, max_delay_ms=0.0))
    with pytest.raises(UserError, match="at most 10,000 can be; use longer steps"):
        validate(changed(dt_ms=0.1, duration_ms=1000.1, max_delay_ms=0.0))


def test_steps_and_seconds_follow_from_the_options():
    config = changed(dt_ms=5.0, duration_ms=300.0, max_delay_ms=100.0, epochs=10)
    assert (config.dt, config.n_steps, config.max_delay) == (0.005, 60, 20)
    assert config.sigma_epochs == 2
    assert changed(sigma_epochs=7).sigma_epochs == 7
    assert changed(epochs=1).sigma_epochs == 1


@pytest.mark.parametrize(
    ("section", "option", "value"),
    [
        ("data", "pool", "5"),
        ("data", "pool", 5.0),
        ("data", "root", 3),
        ("data", "valid_speakers", ["a"]),
        ("data", "valid_speakers", 3),
        ("network", "hidden", [16.5]),
        ("network", "delays", "learnt"),
        ("network", "dropout", True),
        ("network", "dropout", None),
        ("network", "lateness", [0.9]),
        ("network", "lateness", [["0.9"]]),
        ("training", "epochs", True),
        ("training", "kernel", "gauss"),
    ],
)
def test_an_option_of_another_type_is_refused(section, option, value):
    content = to_dict(Config())
    content[section][option] = value
    with pytest.raises(UserError, match=option):
        from_dict(content)


@pytest.mark.parametrize("content", [None, [], {}, {"data": {}}, "text"])
def test_what_is_not_a_configuration_is_refused(content):
    with pytest.raises(UserError, match="sections"):
        from_dict(content)


def test_a_section_that_holds_no_options_is_refused():
    with pytest.raises(UserError, match="section"):
        from_dict({**to_dict(Config()), "data": 5})


def test_whole_numbers_are_numbers():
    content = to_dict(Config())
    content["data"]["dt_ms"] = 10
    assert from_dict(content) == Config()
