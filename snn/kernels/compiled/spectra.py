"""Spectra of real signals and back, compiled; rows as in `polychrony.snn.kernels.spectra`.

Two signals make one complex one: the columns of the first half of a block are real parts, those of
the second half imaginary parts. With Z the transform of a + ib, A[k] = (Z[k] + Z*[-k]) / 2 and
iB[k] = (Z[k] - Z*[-k]) / 2. The inverse runs the same transform with real and imaginary parts
exchanged, which exchanges them in its result as well.
"""

from __future__ import annotations

import numba

from polychrony.snn.kernels.compiled.fft import transform


@numba.njit(nogil=True, cache=True)
def _fill(x, first, left, middle, end, n_steps, re, im):  # type: ignore[no-untyped-def]
    """Load steps of the columns left to end - 1, those from middle on as imaginary parts."""
    zero = re.dtype.type(0)
    for t in range(re.shape[0]):
        a, b = re[t], im[t]
        loaded, n_a, n_b = t < n_steps, 0, 0
        if loaded:
            row_a, row_b = x[first + t, left:middle], x[first + t, middle:end]
            n_a, n_b = row_a.size, row_b.size
            for k in range(n_a):
                a[k] = row_a[k]
            for k in range(n_b):
                b[k] = row_b[k]
        for k in range(n_a, a.size):
            a[k] = zero
        for k in range(n_b, b.size):
            b[k] = zero


@numba.njit(nogil=True, cache=True)
def _separate(re, im, place, sign, piece, begin, middle, end, out):  # type: ignore[no-untyped-def]
    """Write the spectra of a and b from the transform of a + ib."""
    length = re.shape[0]
    n_complex, n_frequencies = (length - 1) // 2, length // 2 + 1
    half = re.dtype.type(0.5)
    for f in range(n_frequencies):
        there, mirror = place[f], place[(length - f) % length]
        z_re, z_im, m_re, m_im = re[there], im[there], re[mirror], im[mirror]
        a, b = out[f, piece, begin:middle], out[f, piece, middle:end]
        if f == 0 or 2 * f == length:
            for k in range(a.size):
                a[k] = z_re[k]
            for k in range(b.size):
                b[k] = z_im[k]
            continue
        second = n_frequencies + f - 1
        third = second + n_complex
        a_im, b_im = out[second, piece, begin:middle], out[second, piece, middle:end]
        a_sum, b_sum = out[third, piece, begin:middle], out[third, piece, middle:end]
        for k in range(a.size):
            real, imag = half * (z_re[k] + m_re[k]), sign * half * (z_im[k] - m_im[k])
            a[k], a_im[k], a_sum[k] = real, imag, real + imag
        for k in range(b.size):
            real, imag = half * (z_im[k] + m_im[k]), sign * half * (m_re[k] - z_re[k])
            b[k], b_im[k], b_sum[k] = real, imag, real + imag


@numba.njit(parallel=True, nogil=True, cache=True)
def analyse(x, left, starts, window, sign, plan, scratch, out):  # type: ignore[no-untyped-def]
    """Spectra of pieces of signals.

    Args:
        x: signals, [T, columns].
        left: first column to take.
        starts: first step of each piece, [pieces].
        window: steps of a piece; what lies beyond T is 0.
        sign: 1 for the spectrum, -1 for its conjugate.
        plan: radices, place, cos and sin of `transform`.
        scratch: [threads, 2, length, lanes].
        out: overwritten, [rows, pieces, columns taken].
    """
    radices, place, cos, sin = plan
    lanes, width = scratch.shape[3], out.shape[2]
    n_blocks = (width + 2 * lanes - 1) // (2 * lanes)
    for task in numba.prange(n_blocks * starts.size):
        piece, begin = task // n_blocks, task % n_blocks * 2 * lanes
        own = scratch[numba.get_thread_id()]  # type: ignore[attr-defined]
        re, im = own[0], own[1]
        middle = min(width, begin + lanes)
        end = min(width, middle + lanes)
        n_steps = min(window, x.shape[0] - starts[piece])
        _fill(x, starts[piece], left + begin, left + middle, left + end, n_steps, re, im)
        transform(re, im, radices, cos, sin)
        _separate(re, im, place, sign, piece, begin, middle, end, out)


@numba.njit(nogil=True, cache=True)
def _join(products, piece, begin, middle, end, sign, re, im):  # type: ignore[no-untyped-def]
    """Products of two spectra as the transform of a + ib, parts exchanged."""
    length = re.shape[0]
    n_complex, n_frequencies = (length - 1) // 2, length // 2 + 1
    for f in range(n_frequencies):
        a_p, b_p = products[f, piece, begin:middle], products[f, piece, middle:end]
        u, v = re[f], im[f]
        if f == 0 or 2 * f == length:
            for k in range(a_p.size):
                v[k] = a_p[k]
                u[k] = b_p[k] if k < b_p.size else 0
            continue
        second = n_frequencies + f - 1
        third = second + n_complex
        a_q, b_q = products[second, piece, begin:middle], products[second, piece, middle:end]
        a_r, b_r = products[third, piece, begin:middle], products[third, piece, middle:end]
        mirror_u, mirror_v = re[length - f], im[length - f]
        for k in range(b_p.size):
            a_re, a_im = a_p[k] - a_q[k], sign * (a_r[k] - a_p[k] - a_q[k])
            b_re, b_im = b_p[k] - b_q[k], sign * (b_r[k] - b_p[k] - b_q[k])
            u[k], v[k] = a_im + b_re, a_re - b_im
            mirror_u[k], mirror_v[k] = b_re - a_im, a_re + b_im
        for k in range(b_p.size, a_p.size):
            a_re, a_im = a_p[k] - a_q[k], sign * (a_r[k] - a_p[k] - a_q[k])
            u[k], v[k] = a_im, a_re
            mirror_u[k], mirror_v[k] = -a_im, a_re


@numba.njit(nogil=True, cache=True)
def _store(signal, scale, adding, row):  # type: ignore[no-untyped-def]
    if adding:
        for k in range(row.size):
            row[k] += scale * signal[k]
    else:
        for k in range(row.size):
            row[k] = scale * signal[k]


@numba.njit(parallel=True, nogil=True, cache=True)
def synthesise(  # type: ignore[no-untyped-def]
    products, left, starts, window, sign, adding, plan, scratch, y
):
    """Signals of products of spectra, each piece added to its place.

    Args:
        products: [rows, pieces, columns taken].
        left: first column of `y` to write.
        starts: first step of each piece, [pieces].
        window: steps of a piece; what lies beyond T is cut.
        sign: -1 if the products are those of conjugate spectra, else 1.
        adding: pieces overlap, and what they share adds up.
        plan: radices, place, cos and sin of `transform`.
        scratch: [threads, 2, length, lanes].
        y: [T, columns].
    """
    radices, place, cos, sin = plan
    lanes, width = scratch.shape[3], products.shape[2]
    scale = y.dtype.type(1 / place.size)
    for block in numba.prange((width + 2 * lanes - 1) // (2 * lanes)):
        own = scratch[numba.get_thread_id()]  # type: ignore[attr-defined]
        re, im = own[0], own[1]
        begin = block * 2 * lanes
        middle = min(width, begin + lanes)
        end = min(width, middle + lanes)
        if adding:
            for t in range(y.shape[0]):
                y[t, left + begin : left + end] = 0
        for piece in range(starts.size):
            _join(products, piece, begin, middle, end, sign, re, im)
            transform(re, im, radices, cos, sin)
            for t in range(min(window, y.shape[0] - starts[piece])):
                row = y[starts[piece] + t]
                _store(im[place[t]], scale, adding, row[left + begin : left + middle])
                _store(re[place[t]], scale, adding, row[left + middle : left + end])
