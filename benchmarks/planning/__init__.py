"""How much memory and time a size takes: documented arithmetic, beside what was measured."""
