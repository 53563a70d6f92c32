"""The discrete Fourier transform of many signals at once, compiled.

Real and imaginary parts are arrays [length, lanes]: time is the first axis, every signal a lane,
and all innermost loops run over lanes. A transform happens in place, by butterflies of 2, 3, 4 and
5 rows (decimation in frequency), which leaves frequency k in row `place[k]`; nobody sorts the rows,
they are read through that table.
"""

from __future__ import annotations

import math

import numba

_THIRD = math.sqrt(3) / 2
_C1, _C2 = math.cos(0.4 * math.pi), math.cos(0.8 * math.pi)
_S1, _S2 = math.sin(0.4 * math.pi), math.sin(0.8 * math.pi)


@numba.njit(nogil=True, cache=True)
def _two(re, im, i, m, cos, sin, turn):  # type: ignore[no-untyped-def]
    a_re, a_im, b_re, b_im = re[i], im[i], re[i + m], im[i + m]
    c, s = cos[turn], sin[turn]
    for k in range(a_re.size):
        y_re, y_im = a_re[k] - b_re[k], a_im[k] - b_im[k]
        a_re[k] += b_re[k]
        a_im[k] += b_im[k]
        b_re[k], b_im[k] = y_re * c - y_im * s, y_re * s + y_im * c


@numba.njit(nogil=True, cache=True)
def _three(re, im, i, m, cos, sin, turn):  # type: ignore[no-untyped-def]
    a_re, a_im, b_re, b_im = re[i], im[i], re[i + m], im[i + m]
    d_re, d_im = re[i + 2 * m], im[i + 2 * m]
    c1, s1, c2, s2 = cos[turn], sin[turn], cos[2 * turn], sin[2 * turn]
    half, third = re.dtype.type(0.5), re.dtype.type(_THIRD)
    for k in range(a_re.size):
        p_re, p_im = b_re[k] + d_re[k], b_im[k] + d_im[k]
        q_re, q_im = third * (b_re[k] - d_re[k]), third * (b_im[k] - d_im[k])
        r_re, r_im = a_re[k] - half * p_re, a_im[k] - half * p_im
        a_re[k] += p_re
        a_im[k] += p_im
        y_re, y_im = r_re + q_im, r_im - q_re
        b_re[k], b_im[k] = y_re * c1 - y_im * s1, y_re * s1 + y_im * c1
        y_re, y_im = r_re - q_im, r_im + q_re
        d_re[k], d_im[k] = y_re * c2 - y_im * s2, y_re * s2 + y_im * c2


@numba.njit(nogil=True, cache=True)
def _four(re, im, i, m, cos, sin, turn):  # type: ignore[no-untyped-def]
    a_re, a_im, b_re, b_im = re[i], im[i], re[i + m], im[i + m]
    d_re, d_im, e_re, e_im = re[i + 2 * m], im[i + 2 * m], re[i + 3 * m], im[i + 3 * m]
    c1, s1, c2, s2 = cos[turn], sin[turn], cos[2 * turn], sin[2 * turn]
    c3, s3 = cos[3 * turn], sin[3 * turn]
    for k in range(a_re.size):
        p_re, p_im = a_re[k] + d_re[k], a_im[k] + d_im[k]
        q_re, q_im = a_re[k] - d_re[k], a_im[k] - d_im[k]
        r_re, r_im = b_re[k] + e_re[k], b_im[k] + e_im[k]
        u_re, u_im = b_re[k] - e_re[k], b_im[k] - e_im[k]
        a_re[k], a_im[k] = p_re + r_re, p_im + r_im
        y_re, y_im = q_re + u_im, q_im - u_re
        b_re[k], b_im[k] = y_re * c1 - y_im * s1, y_re * s1 + y_im * c1
        y_re, y_im = p_re - r_re, p_im - r_im
        d_re[k], d_im[k] = y_re * c2 - y_im * s2, y_re * s2 + y_im * c2
        y_re, y_im = q_re - u_im, q_im + u_re
        e_re[k], e_im[k] = y_re * c3 - y_im * s3, y_re * s3 + y_im * c3


@numba.njit(nogil=True, cache=True)
def _five(re, im, i, m, cos, sin, turn):  # type: ignore[no-untyped-def]
    a_re, a_im, b_re, b_im = re[i], im[i], re[i + m], im[i + m]
    d_re, d_im, e_re, e_im = re[i + 2 * m], im[i + 2 * m], re[i + 3 * m], im[i + 3 * m]
    f_re, f_im = re[i + 4 * m], im[i + 4 * m]
    c1, s1, c2, s2 = cos[turn], sin[turn], cos[2 * turn], sin[2 * turn]
    c3, s3, c4, s4 = cos[3 * turn], sin[3 * turn], cos[4 * turn], sin[4 * turn]
    number = re.dtype.type
    near, far, steep, flat = number(_C1), number(_C2), number(_S1), number(_S2)
    for k in range(a_re.size):
        p_re, p_im = b_re[k] + f_re[k], b_im[k] + f_im[k]
        q_re, q_im = b_re[k] - f_re[k], b_im[k] - f_im[k]
        r_re, r_im = d_re[k] + e_re[k], d_im[k] + e_im[k]
        u_re, u_im = d_re[k] - e_re[k], d_im[k] - e_im[k]
        x_re, x_im = a_re[k], a_im[k]
        a_re[k], a_im[k] = x_re + p_re + r_re, x_im + p_im + r_im
        g_re, g_im = x_re + near * p_re + far * r_re, x_im + near * p_im + far * r_im
        h_re, h_im = x_re + far * p_re + near * r_re, x_im + far * p_im + near * r_im
        v_re, v_im = steep * q_re + flat * u_re, steep * q_im + flat * u_im
        w_re, w_im = flat * q_re - steep * u_re, flat * q_im - steep * u_im
        y_re, y_im = g_re + v_im, g_im - v_re
        b_re[k], b_im[k] = y_re * c1 - y_im * s1, y_re * s1 + y_im * c1
        y_re, y_im = h_re + w_im, h_im - w_re
        d_re[k], d_im[k] = y_re * c2 - y_im * s2, y_re * s2 + y_im * c2
        y_re, y_im = h_re - w_im, h_im + w_re
        e_re[k], e_im[k] = y_re * c3 - y_im * s3, y_re * s3 + y_im * c3
        y_re, y_im = g_re - v_im, g_im + v_re
        f_re[k], f_im[k] = y_re * c4 - y_im * s4, y_re * s4 + y_im * c4


@numba.njit(nogil=True, cache=True)
def transform(re, im, radices, cos, sin):  # type: ignore[no-untyped-def]
    """Z[k] = sum over t of z[t] exp(-2 pi i k t / length), in place, Z[k] in row place[k].

    Args:
        re: real parts of z, [length, lanes].
        im: imaginary parts of z, [length, lanes].
        radices: factors of the length, each 2, 3, 4 or 5.
        cos: cosine of every multiple of a turn's part, [length].
        sin: minus its sine, [length].
    """
    length = re.shape[0]
    n = length
    for radix in radices:
        m = n // radix
        for first in range(0, length, n):
            for p in range(m):
                i, turn = first + p, p * (length // n)
                if radix == 4:
                    _four(re, im, i, m, cos, sin, turn)
                elif radix == 5:
                    _five(re, im, i, m, cos, sin, turn)
                elif radix == 3:
                    _three(re, im, i, m, cos, sin, turn)
                else:
                    _two(re, im, i, m, cos, sin, turn)
        n = m
