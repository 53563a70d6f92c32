"""The commands of `polychrony`, one module each."""
