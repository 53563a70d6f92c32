"""Routers, links and endpoints of a network on chip as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.mesh import Mesh
from polychrony.hardware.router import Router

IntArray = npt.NDArray[np.int32]
EAST, WEST, NORTH, SOUTH, LOCAL = range(5)
OPPOSITE = (WEST, EAST, SOUTH, NORTH)
# Sets of the input channels of a router are the bits of one signed word.
MOST_CHANNELS = 62


@dataclass(frozen=True)
class Fabric:
    """A network: ports are numbered router * ports + port, and so are both ends of a link.

    A router of level 0 stands on a mesh and sends east-west, then north-south; from the router
    where a way turns down, `down_port` names the port at each level. A router below sends up what
    is not below itself.

    Args:
        router: timing and buffers of all routers.
        ports: ports of each router, used or not.
        level: 0 for a router on the mesh, more for those below, [R].
        column: column on the mesh, [R].
        row: row on the mesh, [R].
        up_port: port towards level 0, or -1, [R].
        way_router: the router of each level above an endpoint, [E, levels].
        down_port: port on which that router sends towards the endpoint, [E, levels].
        link: input port at the end of each output port, -1 none, or -2 - e to endpoint e,
            [R * ports].
        link_cycles: cycles on that link, [R * ports].
        link_period: cycles between two flits on it, [R * ports].
        crossing: whether it leads to another chip, [R * ports].

    Raises:
        HardwareError: a router has more ports and virtual channels than can be simulated.
    """

    router: Router
    ports: int
    level: IntArray
    column: IntArray
    row: IntArray
    up_port: IntArray
    way_router: IntArray
    down_port: IntArray
    link: IntArray
    link_cycles: IntArray
    link_period: IntArray
    crossing: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        channels = self.ports * self.router.virtual_channels
        if channels > MOST_CHANNELS:
            raise HardwareError(
                f"fabric: {self.ports} ports of {self.router.virtual_channels} virtual channels are"
                f" {channels}, at most {MOST_CHANNELS} can be simulated; use fewer channels"
            )

    @property
    def n_routers(self) -> int:
        """Number of routers."""
        return len(self.level)

    @property
    def n_endpoints(self) -> int:
        """Number of endpoints."""
        return len(self.way_router)

    @property
    def entry(self) -> IntArray:
        """Port at which each endpoint hangs, [E]."""
        return self.way_router[:, -1] * self.ports + self.down_port[:, -1]


def mesh_fabric(
    mesh: Mesh,
    router: Router,
    cores_per_tile: int = 1,
    chips: Mesh | None = None,
    host_tile: int | None = None,
) -> Fabric:
    """A mesh of routers, over one chip or several that are joined edge to edge.

        endpoint = tile * cores_per_tile + core

    with the tiles of all chips numbered as one mesh. A host is the last endpoint.

    Args:
        mesh: tiles of one chip.
        router: timing and buffers.
        cores_per_tile: endpoints on each tile.
        chips: chips; one without it.
        host_tile: tile on which spikes from outside enter.

    Raises:
        HardwareError: there is no such tile, or no core.
    """
    chips = chips or Mesh(1, 1)
    whole = Mesh(mesh.columns * chips.columns, mesh.rows * chips.rows)
    if whole.n_tiles < 1 or cores_per_tile < 1:
        raise HardwareError(
            f"fabric: {whole.n_tiles} tiles with {cores_per_tile} cores each; give at least 1"
        )
    if host_tile is not None:
        whole.coordinates(host_tile)
    tiles = np.arange(whole.n_tiles)
    ports = LOCAL + cores_per_tile + (host_tile is not None)
    column, row = whole.coordinates(tiles)
    home, port = np.repeat(tiles, cores_per_tile), np.tile(np.arange(cores_per_tile), len(tiles))
    if host_tile is not None:
        home, port = np.append(home, host_tile), np.append(port, cores_per_tile)
    links = _Links(router, whole.n_tiles, ports)
    links.join_mesh(tiles, whole, mesh)
    links.attach(home * ports + LOCAL + port)
    return Fabric(
        router=router,
        ports=ports,
        level=np.zeros(len(tiles), np.int32),
        column=column.astype(np.int32),
        row=row.astype(np.int32),
        up_port=np.full(len(tiles), -1, np.int32),
        way_router=home[:, None].astype(np.int32),
        down_port=(LOCAL + port)[:, None].astype(np.int32),
        link=links.end,
        link_cycles=links.cycles,
        link_period=links.period,
        crossing=links.crossing,
    )


def tree_fabric(
    chips: Mesh, router: Router, cores: int = 4, host_tile: int | None = None
) -> Fabric:
    """Three levels: a router in each core, one that joins a chip's cores, a mesh between chips.

        endpoint = chip * cores + core

    The links within a chip take `local_cycles`, at least 1. A host is the last endpoint, and hangs
    on its chip like a core.

    Args:
        chips: chips on the mesh.
        router: timing and buffers.
        cores: cores of a chip.
        host_tile: chip at which spikes from outside enter.

    Raises:
        HardwareError: there is no such chip or no core.
    """
    n = chips.n_tiles
    if n < 1 or cores < 1:
        raise HardwareError(f"fabric: {n} chips with {cores} cores each; give at least 1")
    chip, core = np.repeat(np.arange(n), cores), np.tile(np.arange(cores), n)
    ports = max(LOCAL + 1, cores + 1)
    if host_tile is not None:
        chips.coordinates(host_tile)
        chip, core = np.append(chip, host_tile), np.append(core, cores + 1)
        ports = max(ports, cores + 2)
    middle, leaf = n + np.arange(n), 2 * n + np.arange(len(chip))
    column, row = chips.coordinates(np.concatenate([np.arange(n), np.arange(n), chip]))
    links = _Links(router, len(column), ports)
    links.join_mesh(np.arange(n), chips, Mesh(1, 1))
    links.join(np.arange(n) * ports + LOCAL, middle * ports + cores)
    links.join((n + chip) * ports + core, leaf * ports)
    links.attach(leaf * ports + 1)
    return Fabric(
        router=router,
        ports=ports,
        level=np.repeat([0, 1, 2], [n, n, len(chip)]).astype(np.int32),
        column=column.astype(np.int32),
        row=row.astype(np.int32),
        up_port=np.repeat([-1, cores, 0], [n, n, len(chip)]).astype(np.int32),
        way_router=np.stack([chip, n + chip, leaf], axis=1).astype(np.int32),
        down_port=np.stack([np.full(len(chip), LOCAL), core, np.ones_like(core)], 1).astype(
            np.int32
        ),
        link=links.end,
        link_cycles=links.cycles,
        link_period=links.period,
        crossing=links.crossing,
    )


class _Links:
    """Links of a fabric that is being built."""

    def __init__(self, router: Router, routers: int, ports: int) -> None:
        size = routers * ports
        self.router, self.ports = router, ports
        self.end = np.full(size, -1, np.int32)
        self.cycles = np.zeros(size, np.int32)
        self.period = np.ones(size, np.int32)
        self.crossing = np.zeros(size, np.bool_)

    def join_mesh(self, number: npt.NDArray[np.int64], whole: Mesh, chip: Mesh) -> None:
        """Links between neighbours; those that leave a chip are slower."""
        column, row = whole.coordinates(np.arange(whole.n_tiles))
        steps = ((1, 0), (-1, 0), (0, 1), (0, -1))
        for port, (east, north) in enumerate(steps):
            x, y = column + east, row + north
            there = (x >= 0) & (x < whole.columns) & (y >= 0) & (y < whole.rows)
            near = number[there] * self.ports + port
            far = number[(y * whole.columns + x)[there]] * self.ports + OPPOSITE[port]
            across = (x // chip.columns != column // chip.columns) | (
                y // chip.rows != row // chip.rows
            )
            across = across[there]
            base = self.router.east_west_cycles if east else self.router.north_south_cycles
            self.end[near], self.crossing[near] = far, across
            self.cycles[near] = base + across * self.router.chip_crossing_cycles
            self.period[near] = np.where(
                across, self.router.crossing_cycles_per_flit, self.router.cycles_per_flit
            )

    def join(self, near: npt.NDArray[np.int64], far: npt.NDArray[np.int64]) -> None:
        """Links within a chip, in both directions."""
        for one, other in ((near, far), (far, near)):
            self.end[one] = other
            self.cycles[one] = max(1, self.router.local_cycles)
            self.period[one] = self.router.cycles_per_flit

    def attach(self, port: npt.NDArray[np.int64]) -> None:
        """Endpoints."""
        self.end[port] = -2 - np.arange(len(port))
        self.cycles[port] = self.router.local_cycles
        self.period[port] = self.router.eject_cycles_per_flit
