"""A slow network before real servers: a TCP proxy in a process of its own that adds latency, may limit the rate, and counts.

Each direction gets half of the round trip. What is on its way is held in any amount, so that the latency alone slows a
transfer down, as on a line that has room for more than is sent.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import IO

_CHUNK = 65536
_PIECE = 4096
"""Bytes that a limited line carries at a time."""


@dataclass
class Counts:
    """What went through."""

    connections: int = 0
    up: int = 0
    """Bytes to the servers."""
    down: int = 0
    """Bytes from them."""
    turns: int = 0
    """How often a server was spoken to after it had spoken: no more round trips than these can have waited for each other."""


@dataclass
class Line:
    """How slow it is."""

    latency: float = 0.0
    """Seconds for a round trip."""
    rate: float = 0.0
    """Bytes a second in each direction of each connection; 0 for no limit."""


class Proxy:
    """The proxy as seen from the process that measures."""

    def __init__(self, process: "subprocess.Popen[str]", ports: Sequence[int]) -> None:
        self.ports = ports
        """On 127.0.0.1, in the order of the servers."""
        self._process = process

    def counts(self, latency: float = 0.0, rate: float = 0.0) -> Counts:
        """What went through since the last question; from now on the line is this slow."""
        _tell(self._process.stdin, asdict(Line(latency, rate)))
        return Counts(**_hear(self._process.stdout))


@contextlib.contextmanager
def proxy(servers: Sequence[tuple[str, int]]) -> Iterator[Proxy]:
    """A proxy before these addresses and ports."""
    command = [sys.executable, "-m", "tests.bench.delay"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        _tell(process.stdin, {"servers": servers})
        yield Proxy(process, _hear(process.stdout)["ports"])
        if process.stdin is not None:
            process.stdin.close()


def _tell(stream: IO[str] | None, told: object) -> None:
    if stream is None:
        raise ValueError("it must be a pipe")
    stream.write(f"{json.dumps(told)}\n")
    stream.flush()


def _hear(stream: IO[str] | None) -> dict[str, list[int]]:
    if stream is None:
        raise ValueError("it must be a pipe")
    heard: dict[str, list[int]] = json.loads(stream.readline())
    return heard


class _Server:
    def __init__(self) -> None:
        self.counts = Counts()
        self.line = Line()
        self._talking: set[asyncio.Task[None] | None] = set()
        """The event loop itself holds its tasks weakly."""

    async def run(self, servers: Sequence[tuple[str, int]]) -> None:
        listening = [await asyncio.start_server(self._to(*one), "127.0.0.1", 0, limit=1 << 20) for one in servers]
        _tell(sys.stdout, {"ports": [one.sockets[0].getsockname()[1] for one in listening]})
        asked = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asked), sys.stdin)
        while question := await asked.readline():
            self.line = Line(**json.loads(question))
            told, self.counts = self.counts, Counts()
            _tell(sys.stdout, asdict(told))

    def _to(self, address: str, port: int):  # type: ignore[no-untyped-def] # noqa: ANN202 - the type of a handler is long
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.counts.connections += 1
            task = asyncio.current_task()
            self._talking.add(task)
            try:
                back, there = await asyncio.open_connection(address, port, limit=1 << 20)
            except OSError:
                writer.close()
                self._talking.discard(task)
                return
            talk = _Talk(self)
            with contextlib.suppress(asyncio.CancelledError):  # the end of everything
                await asyncio.gather(talk.carry(reader, there, up=True), talk.carry(back, writer, up=False))
            there.close()
            writer.close()
            self._talking.discard(task)

        return handle


class _Talk:
    """One connection."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._spoke_last = False
        """Whether the server did."""

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        """One direction, until its end."""
        loop = asyncio.get_running_loop()
        way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = asyncio.create_task(_deliver(way, writer))
        free_at = 0.0
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(_CHUNK):
                self._count(len(data), up=up)
                line = self._server.line
                if not line.rate:
                    way.put_nowait((loop.time() + line.latency / 2, data))
                    continue
                for at in range(0, len(data), _PIECE):
                    piece = data[at : at + _PIECE]
                    free_at = max(free_at, loop.time()) + len(piece) / line.rate
                    way.put_nowait((free_at + line.latency / 2, piece))
        way.put_nowait((max(free_at, loop.time()) + self._server.line.latency / 2, b""))
        await delivering

    def _count(self, length: int, *, up: bool) -> None:
        counts = self._server.counts
        if up:
            counts.up += length
            counts.turns += self._spoke_last
        else:
            counts.down += length
        self._spoke_last = not up


async def _deliver(way: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while True:
            due, data = await way.get()
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            if not data:
                break
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


if __name__ == "__main__":
    os.nice(-5) if os.geteuid() == 0 else None  # it shares the processors with those whom it must not slow down
    asyncio.run(_Server().run(json.loads(sys.stdin.readline())["servers"]))
