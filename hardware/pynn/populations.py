"""Populations, views of them, and assemblies."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pyNN import common, errors
from pyNN.parameters import LazyArray, ParameterSpace, Sequence, simplify

from polychrony.hardware.pynn import core, simulator
from polychrony.hardware.pynn.engine import Cells
from polychrony.hardware.pynn.recording import Recorder

IntArray = npt.NDArray[np.int64]


def _one_each(values: Any, size: int) -> npt.NDArray[Any]:
    """Values as an array of one per cell, whatever PyNN has simplified."""
    if isinstance(values, np.ndarray):
        dtype: Any = values.dtype
    else:
        dtype = object if isinstance(values, Sequence | list) else np.float64
    array: npt.NDArray[Any] = np.empty(size, dtype)
    array[:] = values
    return array


class Assembly(common.Assembly):
    """Cells of several populations, which may be of different types."""

    _simulator = simulator

    @property
    def columns(self) -> IntArray:
        """Place of each cell among all cells of the network."""
        return np.concatenate([p.columns for p in self.populations])


class _Selected:
    """What populations and views share: a root population and the cells of it that are meant."""

    size: int

    @property
    def root(self) -> Any:
        """The population that the cells belong to."""
        raise NotImplementedError

    @property
    def selection(self) -> IntArray:
        """Index of each cell in that population."""
        raise NotImplementedError

    @property
    def columns(self) -> IntArray:
        """Place of each cell among all cells of the network."""
        columns: IntArray = self.root.core.first + self.selection
        return columns

    def _get_parameters(self, *names: str) -> Any:
        unknown = [name for name in names if name not in self.root.native]
        if unknown:
            celltype = self.root.celltype
            raise errors.NonExistentParameterError(
                unknown[0], type(celltype).__name__, celltype.get_parameter_names()
            )
        chosen = {name: simplify(self.root.native[name][self.selection]) for name in names}
        return ParameterSpace(chosen, shape=(self.size,))

    _get_native_parameters = _get_parameters

    def _set_parameters(self, parameter_space: Any) -> None:
        try:
            parameter_space.evaluate(simplify=False)
        except ValueError as error:
            names = ", ".join(parameter_space.keys())
            raise errors.InvalidParameterValueError(f"{names}: {error}") from error
        native = {name: values.copy() for name, values in self.root.native.items()}
        for name, values in parameter_space.items():
            native[name][self.selection] = _one_each(values, self.size)
        core.check(self.root.celltype, native)
        self.root.native = native
        core.update(self.root)

    def _set_initial_value_array(self, variable: str, initial_values: Any) -> None:
        values = _one_each(initial_values.evaluate(), self.size)
        # Random values stay what they were drawn to be.
        initial_values.base_value, initial_values.operations = simplify(values), []
        self.root.begin_at(variable, self.selection, values)

    def _get_view(self, selector: Any, label: str | None = None) -> PopulationView:
        return PopulationView(self, selector, label)


class PopulationView(_Selected, common.PopulationView):
    """Some of the cells of a population."""

    _assembly_class = Assembly
    _simulator = simulator

    @property
    def root(self) -> Any:
        """The population that the cells belong to."""
        return self.grandparent

    @property
    def selection(self) -> IntArray:
        """Index of each cell in that population."""
        return np.asarray(self.index_in_grandparent(np.arange(self.size)), np.int64)

    @property
    def initial_values(self) -> dict[str, Any]:
        """Values at which state variables begin."""
        return {
            name: LazyArray(self.root.begins(name)[self.selection], (self.size,), float)
            for name in self.root.initial_values
        }


class Population(_Selected, common.Population):
    """Cells of one type."""

    __doc__ = common.Population.__doc__
    _simulator = simulator
    _recorder_class = Recorder
    _assembly_class = Assembly

    @property
    def root(self) -> Any:
        """The population itself."""
        return self

    @property
    def selection(self) -> IntArray:
        """Index of each cell."""
        return np.arange(self.size)

    def _create_cells(self) -> None:
        core.check_type(self.celltype)
        first = simulator.state.id_counter
        simulator.state.id_counter += self.size
        ids = [simulator.ID(number) for number in range(first, first + self.size)]
        for cell in ids:
            cell.parent = self
        self.all_cells = np.array(ids, dtype=simulator.ID)
        self._mask_local = np.ones(self.size, dtype=bool)
        space = self.celltype.native_parameters  # a copy: several populations may share a type
        space.shape = (self.size,)
        space.evaluate(mask=self._mask_local, simplify=False)
        self.native: dict[str, npt.NDArray[Any]] = {
            name: _one_each(values, self.size) for name, values in space.as_dict().items()
        }
        core.check(self.celltype, self.native)
        self.core = core.build(self)
        core.update(self)
        simulator.state.populations.append(self)

    def begins(self, variable: str) -> npt.NDArray[Any]:
        """Initial value of a state variable of each cell."""
        return _one_each(self.initial_values[variable].evaluate(), self.size)

    def begin_at(self, variable: str, selection: IntArray, values: npt.NDArray[Any]) -> None:
        """Set the initial value of some cells, and their present one if the simulation runs.

        Args:
            variable: name of the state variable.
            selection: index of each cell.
            values: one for each of these cells.
        """
        row = getattr(self.celltype, "rows", {}).get(variable)
        if row is None and variable not in self.celltype.default_initial_values:
            raise errors.NonExistentParameterError(
                variable, type(self.celltype).__name__, self.celltype.default_initial_values
            )
        known = variable in self.initial_values
        everything = self.begins(variable) if known else np.zeros(self.size)
        everything[selection] = values
        self.initial_values[variable] = LazyArray(simplify(everything), (self.size,), float)
        if row is not None and isinstance(self.core, Cells) and simulator.state.engine.begun:
            self.core.state[row, selection] = values
            simulator.state.altered = True
