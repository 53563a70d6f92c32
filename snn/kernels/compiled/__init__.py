"""Neurons as loops compiled by numba.

One module each: `forward`, `backward`, and how much working memory the backward pass takes,
`HISTORIES` quantities of all steps and `ROWS` further rows.
"""
