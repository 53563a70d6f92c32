"""Figures of the page, each as an interactive drawing and as a picture for files."""
