"""Whether timing matters: a task that needs delays, and delays whose right values are known."""
