"""Triton kernels compile for a card that this machine need not have."""

from __future__ import annotations

import importlib
import inspect

import pytest
from neuron_cases import MODELS

from polychrony.snn.kernels import gpu

triton = pytest.importorskip("triton", reason="triton is not installed")

FLAGS = {"SOFT": False, "DETACH": False, "LEARN": True, "KIND": 3, "BLOCK": 128}
NUMBERS = {"n_steps": "i32", "size": "i32", "n_neurons": "i32"} | dict.fromkeys(
    ("v_reset", "a", "b"), "fp32"
)
SINGLE = ("parameters", "grad_parameters")


@pytest.mark.parametrize("element", ["fp32", "bf16", "fp16"])
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("model", MODELS)
def test_compiles_for_a_hopper_card(model, direction, element):
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    kernel = getattr(importlib.import_module(f"polychrony.snn.kernels.gpu.{model}"), direction)
    names = list(inspect.signature(kernel.fn).parameters)
    flags = {name: FLAGS[name] for name in names if name in FLAGS}
    signature = {
        name: "constexpr"
        if name in flags
        else NUMBERS.get(name, "*fp32" if name in SINGLE else f"*{element}")
        for name in names
    }
    source = ASTSource(fn=kernel, signature=signature, constexprs=flags)
    compiled = triton.compile(source, target=GPUTarget("cuda", 90, 32), options=gpu._ROUNDING)
    assert ".entry" in compiled.asm["ptx"]
