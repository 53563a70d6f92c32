"""Recipes, training, and the command line."""
