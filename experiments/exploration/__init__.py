"""Search for configurations of a chip that serve a network best."""
