"""Rows of the tables that the compiled neurons read and write."""

from __future__ import annotations

# Models.
CURRENT, DELTA, CONDUCTANCE, IZHIKEVICH, ADAPTIVE, CHANNELS = 0, 1, 2, 3, 4, 5

# State: potential first; g is a receptor's current or conductance, x what feeds it (alpha shape).
V, G_EXC, G_INH, X_EXC, X_INH = 0, 1, 2, 3, 4
U = 1  # Izhikevich's recovery
W = 5  # adaptation
M, H, N = 5, 6, 7  # gates of channels

# Coefficients that all models have.
V_RESET, V_THRESH, REFRACTORY, I_OFFSET = 0, 1, 2, 3
# Those of models with rest and receptors: decay over a step, and what a spike of weight 1 adds.
V_REST, STEP, DECAY_EXC, DECAY_INH, KICK_G, KICK_X_EXC, KICK_X_INH = 4, 5, 6, 7, 8, 9, 10
# Currents: potential after a step, per unit of potential, input current and receptors' states.
FROM_V, FROM_I, FROM_G_EXC, FROM_G_INH, FROM_X_EXC, FROM_X_INH = 11, 12, 13, 14, 15, 16
# Conductances.
RATE, INVERSE_C, E_EXC, E_INH, TAU_EXC, TAU_INH, NODES_EXC, NODES_INH = (
    11,
    12,
    13,
    14,
    15,
    16,
    17,
    20,
)
# Izhikevich.
A, B, D = 4, 6, 7
# Adaptive exponential cells, after what conductances need.
ADAPT, JUMP, DELTA_T, V_T, TAU_W, PARTS = 23, 24, 25, 26, 27, 28
# Cells with channels.
V_OFFSET, G_NA, G_K, G_LEAK, E_NA, E_K = 23, 24, 25, 26, 27, 29
