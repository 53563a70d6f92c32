"""How to spend a number of bits: on weights, on spikes, on steps, and on which layer."""
