"""A small HTTP CONNECT proxy on loopback that tests can make ask for a login, refuse, freeze or cut."""

from __future__ import annotations

import asyncio
import base64
import contextlib


class ConnectProxy:
    """Counts tunnels and bytes; `cut_after` breaks the next tunnel in the middle of a transfer."""

    def __init__(self, *, login: str = "", answer: int = 0) -> None:
        self._login = login
        self._answer = answer
        self.port = 0
        self.tunnels: list[int] = []  # bytes towards the server, by tunnel
        self.targets: list[str] = []
        self.cut_after: int | None = None
        self.frozen = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> ConnectProxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Break every tunnel without a goodbye."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            await self._tunnel(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._writers.discard(writer)
            self._tasks.discard(task)
            writer.transport.abort()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        verb, target, _ = head.split("\r\n", 1)[0].split(" ")
        headers = dict(line.split(":", 1) for line in head.split("\r\n")[1:] if ":" in line)
        shown = {key.lower(): value.strip() for key, value in headers.items()}
        self.targets.append(target)
        wanted = "Basic " + base64.b64encode(self._login.encode()).decode()
        status = 200
        if self._login and shown.get("proxy-authorization") != wanted:
            status = 407
        elif self._answer or verb != "CONNECT":
            status = self._answer or 405
        writer.write(f"HTTP/1.1 {status} -\r\n\r\n".encode())
        await writer.drain()
        if status != 200:
            return
        host, port = target.rsplit(":", 1)
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        self._writers.add(far_writer)
        number = len(self.tunnels)
        self.tunnels.append(0)
        try:
            await asyncio.gather(self._pump(reader, far_writer, number), self._pump(far_reader, writer, None))
        finally:
            self._writers.discard(far_writer)
            far_writer.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int | None
    ) -> None:
        while data := await reader.read(65536):
            while self.frozen:
                await asyncio.sleep(0.01)
            if number is not None:
                self.tunnels[number] += len(data)
                if self.cut_after is not None and self.tunnels[number] > self.cut_after:
                    self.cut_after = None
                    self.cut()
                    return
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.write_eof()
