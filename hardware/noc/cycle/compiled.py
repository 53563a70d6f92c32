"""How the parts of the simulation are compiled."""

from __future__ import annotations

import numba

# They work on arrays that the caller holds and make none. Counting the references to each array of
# a tuple at each use would cost nine tenths of the time, so it is turned off; a function that
# makes arrays must not use this.
compiled = numba.njit(cache=True, _nrt=False)
