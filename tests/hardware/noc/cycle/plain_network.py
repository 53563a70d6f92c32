"""The same network in plain Python: every router is visited in every cycle, nothing is skipped."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from polychrony.hardware.noc.cycle import Fabric, Messages


@dataclass
class Flit:
    copies: list[int]
    head: bool
    tail: bool


@dataclass
class Channel:
    """An input channel: its buffer, and what the packet at its front is up to."""

    flits: deque[Flit] = field(default_factory=deque)
    port: int | None = None
    out: int | None = None  # output channel of that port, once it has one
    ready: int = 0
    branch: list[int] = field(default_factory=list)


def first_from(pointer: int, members: list[int], size: int) -> int:
    return min(members, key=lambda member: (member - pointer) % size)


class Network:
    def __init__(self, fabric: Fabric, messages: Messages) -> None:
        self.fabric, self.router, self.messages = fabric, fabric.router, messages
        self.targets = messages.targets.tolist()
        self.ports, self.v = fabric.ports, fabric.router.virtual_channels
        self.stages = 0 if self.router.pipeline == "asynchronous" else 2
        n = fabric.n_routers
        size = self.ports * self.v
        self.inputs = [[Channel() for _ in range(size)] for _ in range(n)]
        self.owner: list[list[int | None]] = [[None] * size for _ in range(n)]
        self.credit = [[self.router.buffer_flits] * size for _ in range(n)]
        self.open_at = [[0] * self.ports for _ in range(n)]
        self.turns: dict[tuple[str, int, int], int] = defaultdict(int)
        self.queue: list[deque[int]] = [deque() for _ in range(fabric.n_endpoints)]
        self.sent = [0] * fabric.n_endpoints
        self.source_channel = [0] * fabric.n_endpoints
        self.source_credit = [
            [self.router.buffer_flits] * self.v for _ in range(fabric.n_endpoints)
        ]
        self.calendar: dict[int, list[tuple[object, ...]]] = defaultdict(list)
        self.received = [-1] * len(self.targets)
        self.injected = [-1] * len(messages.time)
        self.sent_on = [[0] * self.ports for _ in range(n)]
        self.feeds = {int(end): p for p, end in enumerate(fabric.link) if end >= 0}

    def run(self) -> None:
        waiting = deque(range(len(self.messages.time)))
        cycle = 0
        while waiting or min(self.received, default=0) < 0:
            for what, *arguments in self.calendar.pop(cycle, []):
                getattr(self, str(what))(*arguments, cycle)
            while waiting and self.messages.time[waiting[0]] == cycle:
                message = waiting.popleft()
                self.queue[self.messages.source[message]].append(message)
            for source in range(self.fabric.n_endpoints):
                self.inject(source, cycle)
            for router in range(self.fabric.n_routers):
                self.work(router, cycle)
            cycle += 1
            assert cycle < 100_000, "it does not end"

    def towards(self, router: int, copy: int) -> int:
        f, end = self.fabric, self.targets[copy]
        level = int(f.level[router])
        way = int(f.way_router[end, level])
        if way == router:
            return int(f.down_port[end, level])
        if level:
            return int(f.up_port[router])
        if f.column[way] != f.column[router]:
            return 0 if f.column[way] > f.column[router] else 1
        return 2 if f.row[way] > f.row[router] else 3

    def inject(self, source: int, cycle: int) -> None:
        if not self.queue[source]:
            return
        message = self.queue[source][0]
        if self.sent[source] == 0:
            for _ in range(self.v):
                self.source_channel[source] = (self.source_channel[source] + 1) % self.v
                if self.source_credit[source][self.source_channel[source]]:
                    break
        channel = self.source_channel[source]
        if not self.source_credit[source][channel]:
            return
        self.source_credit[source][channel] -= 1
        first, end = self.messages.row_ptr[message : message + 2].tolist()
        delay = self.stages + self.router.local_cycles
        head = self.sent[source] == 0
        self.sent[source] = (self.sent[source] + 1) % int(self.messages.flits[message])
        flit = Flit(list(range(first, end)), head, self.sent[source] == 0)
        if head:
            self.injected[message] = cycle + delay
        if flit.tail:
            self.queue[source].popleft()
        router, port = divmod(int(self.fabric.entry[source]), self.ports)
        if delay:
            self.calendar[cycle + delay].append(("enter", router, port * self.v + channel, flit))
        else:
            self.enter(router, port * self.v + channel, flit, cycle)

    def enter(self, router: int, number: int, flit: Flit, cycle: int) -> None:
        channel = self.inputs[router][number]
        channel.flits.append(flit)
        assert len(channel.flits) <= self.router.buffer_flits
        if channel.port is None:
            self.open(router, channel, cycle)

    def open(self, router: int, channel: Channel, cycle: int) -> None:
        copies = channel.flits[0].copies
        channel.port, channel.out = self.towards(router, copies[0]), None
        together = 0
        for place, copy in enumerate(copies):
            if self.towards(router, copy) == channel.port:
                copies[place], copies[together] = copies[together], copy
                together += 1
        channel.branch = copies[:together]
        channel.ready = cycle + (self.router.pipeline == "plain")

    def eject(self, router: int, number: int, flit: Flit, cycle: int) -> None:
        if flit.tail:
            for copy in flit.copies:
                self.received[copy] = cycle
        back = 1 if not self.stages else 2 + self.router.local_cycles
        self.calendar[cycle + back].append(("give_back", router, number))

    def give_back(self, router: int, number: int, cycle: int) -> None:
        self.credit[router][number] += 1

    def give_source(self, source: int, channel: int, cycle: int) -> None:
        self.source_credit[source][channel] += 1

    def work(self, router: int, cycle: int) -> None:
        held = [
            (number, channel)
            for number, channel in enumerate(self.inputs[router])
            if channel.flits and channel.ready <= cycle
        ]
        asking = [number for number, channel in held if channel.out is None]
        strong = [number for number, channel in held if channel.out is not None]
        weak = []
        for number in asking:
            port = self.inputs[router][number].port
            if self.router.pipeline == "speculative" and any(
                self.owner[router][out] is None and self.credit[router][out]
                for out in self.outputs(port)
            ):
                weak.append(number)
        served = self.allocate_channels(router, asking)
        if self.router.pipeline == "plain":
            for number in served:
                self.inputs[router][number].ready = cycle + 1
        elif self.router.pipeline == "asynchronous":
            strong += served
        strong = [number for number in strong if self.room(router, number)]
        is_open = self.open_at[router]
        strong, weak = (
            [number for number in some if is_open[self.inputs[router][number].port or 0] <= cycle]
            for some in (strong, weak)
        )
        self.allocate_switch(router, strong, weak, cycle)

    def outputs(self, port: int | None) -> range:
        assert port is not None
        return range(port * self.v, (port + 1) * self.v)

    def room(self, router: int, number: int) -> bool:
        out = self.inputs[router][number].out
        return out is not None and self.credit[router][out] > 0

    def allocate_channels(self, router: int, asking: list[int]) -> list[int]:
        size = self.ports * self.v
        grants: dict[int, list[int]] = defaultdict(list)
        for out in range(size):
            who = [n for n in asking if out in self.outputs(self.inputs[router][n].port)]
            if who and self.owner[router][out] is None:
                grants[first_from(self.turns["channel", router, out], who, size)].append(out)
        for number, outs in grants.items():
            out = first_from(self.turns["accept channel", router, number], outs, size)
            self.turns["channel", router, out] = number + 1
            self.turns["accept channel", router, number] = out + 1
            self.owner[router][out] = number
            self.inputs[router][number].out = out
        return list(grants)

    def allocate_switch(self, router: int, strong: list[int], weak: list[int], cycle: int) -> None:
        candidates: dict[tuple[int, int], int] = {}
        for some in (weak, strong):
            pairs: dict[tuple[int, int], list[int]] = defaultdict(list)
            for number in some:
                pairs[number // self.v, self.inputs[router][number].port or 0].append(number)
            for (source, port), numbers in pairs.items():
                turn = self.turns["turn", router, source]
                channel = first_from(turn, [n % self.v for n in numbers], self.v)
                candidates[source, port] = source * self.v + channel
        grants: dict[int, list[int]] = defaultdict(list)
        for port in range(self.ports):
            sources = [source for source, wanted in candidates if wanted == port]
            if sources:
                turn = self.turns["switch", router, port]
                grants[first_from(turn, sources, self.ports)].append(port)
        for source, ports in grants.items():
            port = first_from(self.turns["accept switch", router, source], ports, self.ports)
            number = candidates[source, port]
            self.turns["switch", router, port] = source + 1
            self.turns["accept switch", router, source] = port + 1
            self.turns["turn", router, source] = number % self.v + 1
            if self.room(router, number):
                self.send(router, number, cycle)

    def send(self, router: int, number: int, cycle: int) -> None:
        channel = self.inputs[router][number]
        port, out = channel.port, channel.out
        assert port is not None and out is not None
        place = router * self.ports + port
        rest = [copy for copy in channel.flits[0].copies if copy not in channel.branch]
        flit = Flit(channel.branch, channel.flits[0].head, channel.flits[0].tail)
        if rest:
            channel.flits[0].copies = rest
        else:
            channel.flits.popleft()
            self.free(router, number, cycle)
        self.sent_on[router][port] += 1
        self.credit[router][out] -= 1
        self.open_at[router][port] = cycle + int(self.fabric.link_period[place])
        end = int(self.fabric.link[place])
        flight = int(self.fabric.link_cycles[place]) + self.stages
        if end >= 0:
            there, entry = divmod(end, self.ports)
            what = ("enter", there, entry * self.v + out % self.v, flit)
            self.calendar[cycle + flight].append(what)
        elif flight + self.stages // 2:
            self.calendar[cycle + flight + self.stages // 2].append(("eject", router, out, flit))
        else:
            self.eject(router, out, flit, cycle)
        if flit.tail:
            self.owner[router][out] = None
            channel.port = channel.out = None
            if channel.flits:
                self.open(router, channel, cycle + 1)

    def free(self, router: int, number: int, cycle: int) -> None:
        """Tell who feeds an input channel that a place came free."""
        place = router * self.ports + number // self.v
        if place in self.feeds:
            before, port = divmod(self.feeds[place], self.ports)
            delay = 1 + int(self.fabric.link_cycles[place]) * bool(self.stages)
            what = ("give_back", before, port * self.v + number % self.v)
        else:
            source = int((self.fabric.entry == place).argmax())
            delay = 2 + self.router.local_cycles if self.stages else 1
            what = ("give_source", source, number % self.v)
        self.calendar[cycle + delay].append(what)
