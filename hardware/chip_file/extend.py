"""A chip file on top of another chip."""

from __future__ import annotations

from polychrony.hardware.chip_file.decode import sourced
from polychrony.hardware.chip_file.node import Node, perhaps

_WHOLE = ("contained",)


def _merged(base: Node, over: Node, key: str = "") -> Node:
    """`over` on top of `base`: tables entry by entry, all else as a whole.

    A quantity is one thing, since a source belongs to its value; so is an arithmetic of another
    kind.
    """
    if not isinstance(base.value, dict) or not isinstance(over.value, dict) or key in _WHOLE:
        return over
    is_quantity = "unit" in base.value or "unit" in over.value
    kinds = [table["kind"].value for table in (base.value, over.value) if "kind" in table]
    if is_quantity or kinds[1:] not in ([], kinds[:1]):
        return over
    table = dict(base.value)
    for name, entry in over.value.items():
        table[name] = _merged(table[name], entry, name) if name in table else entry
    return Node(table, over.place)


def _profiles(base: dict[str, Node], own: dict[str, Node]) -> dict[str, Node]:
    """Profiles of both: new ones first, so that the first of them is the default."""
    done: dict[str, Node] = {}

    def resolved(name: str, waiting: tuple[str, ...]) -> Node:
        if name in done or name not in own:
            return done.get(name) or base[name]
        entry = own[name]
        table = dict(entry.table(f"profile {name!r}"))
        below = base.get(name)
        if "extends" in table:
            link = table.pop("extends")
            other = link.text("extends")
            known = [known for known in {**base, **own} if known != name]
            if other not in known:
                link.fail(f"profile {name!r} extends {other!r}; {perhaps(other, known)}")
            if other in waiting:
                link.fail(f"profile {name!r} extends {other!r}, which extends it; break the ring")
            below = resolved(other, (*waiting, name))
        given = Node(table, entry.place)
        done[name] = given if below is None else _merged(below, given)
        return done[name]

    order = [name for name in own if name not in base] + list(base)
    return {name: resolved(name, (name,)) for name in order}


def with_profiles(base: Node | None, over: Node) -> Node:
    """A chip file whose profiles are complete, on top of another chip if there is one.

    Args:
        base: the other chip.
        over: the file, without its `extends`.

    Returns:
        The whole table.

    Raises:
        HardwareError: a profile extends one that does not exist, or itself.
    """
    table = dict(over.table("a chip file"))
    below = dict(base.table("a chip")) if base is not None else {}
    inherited = below.pop("profiles").value if "profiles" in below else {}
    own = table.pop("profiles").table("profiles") if "profiles" in table else {}
    place = over.value["profiles"].place if own else over.place
    if "sources" in below:
        fresh = set(sourced(table))
        kept = {k: v for k, v in below["sources"].value.items() if k not in fresh}
        below["sources"] = Node(kept, below["sources"].place)
    merged = _merged(Node(below, over.place), Node(table, over.place))
    profiles = _profiles(inherited, own)
    if profiles or "profiles" in over.value:
        merged.value["profiles"] = Node(profiles, place)
    return merged
