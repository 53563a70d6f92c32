"""Training with the public code of the authors of learned delays, on the data of our tables."""
