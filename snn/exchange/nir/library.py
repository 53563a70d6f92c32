"""The package that defines NIR, imported only where it is needed."""

from __future__ import annotations

from types import ModuleType

from polychrony.snn.exchange.nir.errors import NirError


def library() -> ModuleType:
    """The module `nir`.

    Raises:
        NirError: it is not installed.
    """
    try:
        import nir
    except ImportError as error:
        raise NirError(f"nir is not there ({error}): pip install 'polychrony[nir]'") from error
    module: ModuleType = nir
    return module
