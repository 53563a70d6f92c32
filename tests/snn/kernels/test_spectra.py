"""Both transforms against numpy's, and a convolution through each against its sum."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn.kernels.fft import Compiled
from polychrony.snn.kernels.fourier import transform
from polychrony.snn.kernels.matrices import Matrices
from polychrony.snn.kernels.spectra import factors, good_length, n_rows

BOTH = pytest.mark.parametrize("kind", [Compiled, Matrices])
TYPES = pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 2e-6)]
)
LENGTHS = [good_length(least) for least in range(1, 61)] + [96, 125, 128, 243, 1000]


def _rows(spectrum):
    """numpy's complex spectrum in three real rows per frequency."""
    length_is_even = spectrum["length"] % 2 == 0
    values = spectrum["values"]
    whole = values[1:-1] if length_is_even and len(values) > 1 else values[1:]
    return np.concatenate([values.real, whole.imag, whole.real + whole.imag])


@BOTH
@TYPES
@settings(max_examples=60, deadline=None)
@given(
    length=st.sampled_from(LENGTHS),
    columns=st.integers(1, 80),
    reverse=st.booleans(),
    data=st.data(),
)
def test_spectra_equal_numpys(kind, dtype, tolerance, length, columns, reverse, data):
    n_steps = data.draw(st.integers(1, length + 3))
    window = data.draw(st.integers(1, length))
    left = data.draw(st.integers(0, columns - 1))
    starts = [0, n_steps // 2] if data.draw(st.booleans()) else [0]
    x = torch.randn(n_steps, columns, dtype=dtype)
    found = kind(length).analyse(x, slice(left, columns), starts, window, reverse)
    assert found.shape == (n_rows(length), len(starts), columns - left)
    for index, start in enumerate(starts):
        piece = x[start : start + window, left:].double().numpy()
        values = np.fft.rfft(piece, length, axis=0)
        values = values.conj() if reverse else values
        wanted = _rows({"length": length, "values": values})
        scale = max(1.0, float(np.abs(wanted).max()))
        np.testing.assert_allclose(found[:, index], wanted, rtol=0, atol=tolerance * scale)


@BOTH
@TYPES
@settings(max_examples=40, deadline=None)
@given(
    sizes=st.tuples(st.integers(1, 40), st.integers(1, 9), st.integers(1, 70)),
    segment=st.integers(1, 40),
    reverse=st.booleans(),
)
def test_products_of_spectra_are_convolutions(kind, dtype, tolerance, sizes, segment, reverse):
    n_steps, taps, columns = sizes
    segment = min(segment, n_steps)
    reach = segment + taps - 1
    starts = list(range(0, n_steps, segment))
    way = kind(good_length(reach))
    x, kernel = torch.randn(n_steps, columns, dtype=dtype), torch.randn(taps, columns, dtype=dtype)
    everything = slice(0, columns)
    of_x = way.analyse(x, everything, starts, segment, reverse)
    of_kernel = way.analyse(kernel, everything, [0], taps, reverse)
    y = torch.full_like(x, float("nan"))
    way.synthesise(of_x * of_kernel, y, everything, starts, reach, reverse)
    wanted = torch.zeros_like(x)
    for d in range(min(taps, n_steps)):
        wanted[d:] += kernel[d] * x[: n_steps - d]
    torch.testing.assert_close(y, wanted, rtol=0, atol=tolerance * 20)


def test_columns_that_are_not_asked_for_stay():
    y = torch.zeros(4, 9)
    products = torch.ones(n_rows(5), 1, 3)
    for kind in (Compiled, Matrices):
        kind(5).synthesise(products, y, slice(2, 5), [0], 4, False)
        assert y[:, :2].eq(0).all() and y[:, 5:].eq(0).all() and y[:, 2:5].ne(0).any()


def test_good_lengths_are_the_next_with_small_factors():
    for least in range(1, 400):
        length = good_length(least)
        assert np.prod(factors(length) or [1]) == length >= least
        assert all(factors(other) is None for other in range(least, length))


def test_the_cpu_takes_the_fast_transform_and_all_else_matrices():
    assert isinstance(transform(32, torch.zeros(1)), Compiled)
    assert isinstance(transform(32, torch.zeros(1, dtype=torch.float64)), Compiled)
    assert isinstance(transform(32, torch.zeros(1, device="meta")), Matrices)


def test_a_length_with_a_large_factor_is_refused():
    with pytest.raises(ValueError, match="31 has other factors"):
        Compiled(31).analyse(torch.zeros(3, 1), slice(0, 1), [0], 3, False)
