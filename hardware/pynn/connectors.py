"""PyNN's connectors, also where a population has a single cell.

PyNN 0.13 asks NumPy for the indices of a column of the connection matrix; where it has one row,
PyNN has made a number of it, which NumPy 2 refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from pyNN import connectors


class _Columns(connectors.MapConnector):
    """Gives each column of the connection matrix as an array."""

    def _standard_connect(
        self,
        projection: Any,
        connection_map_generator: Callable[..., Iterator[Any]],
        distance_map: Any = None,
    ) -> None:
        def columns(*mask: Any) -> Iterator[Any]:
            for column in connection_map_generator(*mask):
                whole = column is True or np.ndim(column) > 0
                yield column if whole else np.broadcast_to(column, (projection.pre.size,))

        super()._standard_connect(projection, columns, distance_map)


class AllToAllConnector(_Columns, connectors.AllToAllConnector):
    """Joins each cell to each."""

    __doc__ = connectors.AllToAllConnector.__doc__


class FixedProbabilityConnector(_Columns, connectors.FixedProbabilityConnector):
    """Joins each pair with the same probability."""

    __doc__ = connectors.FixedProbabilityConnector.__doc__


class DistanceDependentProbabilityConnector(
    _Columns, connectors.DistanceDependentProbabilityConnector
):
    """Joins each pair with a probability that depends on its distance."""

    __doc__ = connectors.DistanceDependentProbabilityConnector.__doc__


class IndexBasedProbabilityConnector(_Columns, connectors.IndexBasedProbabilityConnector):
    """Joins each pair with a probability that depends on its indices."""

    __doc__ = connectors.IndexBasedProbabilityConnector.__doc__


class DisplacementDependentProbabilityConnector(
    _Columns, connectors.DisplacementDependentProbabilityConnector
):
    """Joins each pair with a probability that depends on its displacement."""

    __doc__ = connectors.DisplacementDependentProbabilityConnector.__doc__


class OneToOneConnector(_Columns, connectors.OneToOneConnector):
    """Joins cells of the same index."""

    __doc__ = connectors.OneToOneConnector.__doc__


class ArrayConnector(_Columns, connectors.ArrayConnector):
    """Joins the pairs that a matrix marks."""

    __doc__ = connectors.ArrayConnector.__doc__


class CloneConnector(_Columns, connectors.CloneConnector):
    """Joins the pairs that another projection joins."""

    __doc__ = connectors.CloneConnector.__doc__
