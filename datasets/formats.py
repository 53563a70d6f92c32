"""Single files of the public event formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from polychrony.datasets.aedat import aedat_header, read_aedat2, read_aedat3
from polychrony.datasets.errors import DataError
from polychrony.datasets.events import Events, SensorSize, check_events

Structured = NDArray[np.void]
MICROSECOND = 1e-6
SECOND = 1.0


def from_structured(array: Structured, time_unit: float = MICROSECOND) -> Events:
    """Converts the structured arrays that event readers return.

    Args:
        array: fields t and x, and y and p where the sensor has them, [E]; in any order of time.
        time_unit: length of one unit of t, s; readers that follow tonic count microseconds.

    Returns:
        The events in the order of time, in seconds.

    Raises:
        DataError: t or x is missing.
    """
    names = array.dtype.names or ()
    if missing := {"t", "x"} - set(names):
        raise DataError(f"the array lacks {sorted(missing)}: it has the fields {list(names)}")
    times = array["t"].astype(np.float64) * time_unit
    optional = [array[name] if name in names else None for name in ("y", "p")]
    return Events.sorted(times, array["x"], *optional)


def read_events(path: str | Path) -> tuple[Events, SensorSize]:
    """Reads one recording; its suffix tells the format.

    | suffix  | format                 | sensor                             | decoded by   |
    |---------|------------------------|------------------------------------|--------------|
    | .bin    | N-MNIST, N-Caltech101  | 34 x 34 x 2, larger as the events  | tonic        |
    | .aedat  | AEDAT 2 of a DAVIS 346 | 346 x 260 x 2                      | `aedat`      |
    |         | AEDAT 3 (DVS Gesture)  | 128 x 128 x 2, larger as the events | `aedat`     |
    | .aedat4 | AEDAT 4                | as far as the events reach         | tonic, aedat |
    | .dat    | N-CARS                 | 120 x 100 x 2                      | expelliarmus |
    | .mat    | ST-MNIST               | 10 x 10 x 2                        | scipy        |

    Times are the file's own, but in AEDAT, which counts from when the camera was switched on or
    from an epoch, they count from the first event. AEDAT 2 files hold polarity events only: frames
    or inertial samples between them are not told apart.

    Args:
        path: the file.

    Returns:
        The events and the sensor they come from.

    Raises:
        DataError: the file is missing, of another format, or cannot be decoded; or the extra
            `events` is not installed.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise DataError(f"there is no event file {path}")
    decode = DECODERS.get(path.suffix.lower())
    if decode is None:
        raise DataError(
            f"{path.name} has a suffix no reader knows; known are {', '.join(DECODERS)}"
        )
    try:
        array, time_unit, sensor_size = decode(path)
    except ImportError as error:
        raise DataError(_missing(path, error)) from error
    except Exception as error:  # decoders raise anything on a damaged file
        raise DataError(f"{path} cannot be decoded as {path.suffix}: {error}") from error
    events = from_structured(array, time_unit)
    check_events(events, sensor_size)
    return events, sensor_size


def _missing(path: Path, error: ImportError) -> str:
    extra = " and aedat" if path.suffix.lower() == ".aedat4" else ""
    return (
        f"reading {path.suffix} files needs {error.name or 'tonic'}: "
        f"pip install 'polychrony[events]'{extra}"
    )


Decoded = tuple[Structured, float, SensorSize]


def _nmnist(path: Path) -> Decoded:
    from tonic import io

    size = path.stat().st_size
    if size % 5:
        raise DataError(f"{size} bytes are not whole events of 5 bytes")
    array = io.read_mnist_file(str(path), dtype=io.events_struct)
    return array, MICROSECOND, _at_least(array, SensorSize(34, 34, 2))


def _aedat(path: Path) -> Decoded:
    """Addresses of AEDAT 2 are laid out by the camera; AEDAT 3 has one layout for all."""
    version, _ = aedat_header(path)
    if version < 3:
        t, address = read_aedat2(path)
        x, y, p = 345 - (address >> 12 & 0x3FF), 259 - (address >> 22 & 0x1FF), address >> 11 & 1
        array = _structured(t, x.astype(np.int32), y.astype(np.int32), p)
        return _from_first(array), MICROSECOND, SensorSize(346, 260, 2)
    t, address = read_aedat3(path)
    array = _structured(t, address >> 17, address >> 2 & 0x7FFF, address >> 1 & 1)
    return _from_first(array), MICROSECOND, _at_least(array, SensorSize(128, 128, 2))


def _structured(t: ArrayLike, x: ArrayLike, y: ArrayLike, p: ArrayLike) -> Structured:
    array = np.empty(np.shape(t), [("t", "i8"), ("x", "i4"), ("y", "i4"), ("p", "i1")])
    array["t"], array["x"], array["y"], array["p"] = t, x, y, p
    return array


def _aedat4(path: Path) -> Decoded:
    from tonic import io

    raw = io.read_aedat4(str(path))
    array = io.make_structured_array(raw["x"], raw["y"], raw["t"], raw["on"])
    return _from_first(array), MICROSECOND, _at_least(array, SensorSize(1, 1, 2))


def _ncars(path: Path) -> Decoded:
    from expelliarmus import Wizard

    array = Wizard(encoding="dat").read(path)
    if array is None:
        raise DataError("its header is not that of such a file")
    return array, MICROSECOND, SensorSize(120, 100, 2)


def _stmnist(path: Path) -> Decoded:
    """Rows 0 to 99 are the taxels with -1, 0 or 1 per sample; the last row is the time, s."""
    from scipy.io import loadmat

    table = loadmat(path)["spiketrain"]
    taxel, sample = np.nonzero(table[:100])
    array = np.empty(len(taxel), [("t", "f8"), ("x", "i4"), ("y", "i4"), ("p", "i1")])
    array["t"] = table[100, sample]
    array["x"], array["y"] = taxel % 10, taxel // 10
    array["p"] = table[taxel, sample] > 0
    return array, SECOND, SensorSize(10, 10, 2)


def _from_first(array: Structured) -> Structured:
    array = array.copy()
    if len(array):
        array["t"] -= array["t"].min()
    return array


def _at_least(array: Structured, size: SensorSize) -> SensorSize:
    if not len(array):
        return size
    width, height = int(array["x"].max()) + 1, int(array["y"].max()) + 1
    return size._replace(width=max(size.width, width), height=max(size.height, height))


DECODERS: dict[str, Callable[[Path], Any]] = {
    ".bin": _nmnist,
    ".aedat": _aedat,
    ".aedat4": _aedat4,
    ".dat": _ncars,
    ".mat": _stmnist,
}
