"""Rules and their options by one word of the command line."""

from __future__ import annotations

import pytest

from polychrony.experiments.comparison.rules import parse_rules
from polychrony.experiments.errors import UserError


def test_a_word_with_a_value_belongs_to_the_rule_before_it():
    chosen = parse_rules(
        "bptt, tess,lr=2e-3,alpha-post=-1,tess,s-tllr,feedback=direct,first_step=5"
    )
    assert [rule.label for rule in chosen] == [
        "bptt",
        "tess,lr=0.002,alpha_post=-1",
        "tess",
        "s-tllr,feedback=direct,first_step=5",
    ]
    assert chosen[1].training == {"lr": 2e-3} and chosen[1].blocks == {"alpha_post": -1.0}
    assert chosen[3].blocks == {"feedback": "direct", "first_step": 5}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tess,backprop", "'backprop' is no rule; use bptt, tess, s-tllr, ottt, eprop, decolle"),
        ("", "'' is no rule"),
        ("lr=1,tess", "--rules begins with 'lr=1'"),
        ("tess,lr=fast", "lr of tess is 'fast'; it must be a number"),
        ("tess,first_step=1.5", "it must be a whole number"),
        ("s-tllr,feedback=own weights", "it must be own or spatial or direct"),
        ("ottt,alpha_post=1", "'alpha_post=1' is no option of ottt; use lr="),
        ("tess,epochs=3", "'epochs=3' is no option of tess"),
        ("tess,lr=1,lr=2", "--rules gives tess lr twice"),
        ("tess,ottt,tess", "--rules names tess twice"),
        ("tess,lr=1e-3,tess,lr=0.001", "--rules names tess,lr=0.001 twice"),
    ],
)
def test_words_that_cannot_be(text, told):
    with pytest.raises(UserError) as caught:
        parse_rules(text)
    assert told in str(caught.value)
