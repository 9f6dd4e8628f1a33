"""Many SFTP requests under way at once, and every answer brought to the one who waits for it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import islice
from typing import Protocol, TypeVar

from transports.errors import TransportError, Unsupported
from transports.sftp_packets import INIT, VERSION, VERSION_IS, Fields, Reply, Request, uint32

_T = TypeVar("_T")

#: A piece of work. It yields the number of a request when it needs the answer to go on, and is sent that answer.
Task = Generator[int, Reply, _T]

_AT_ONCE = 64
_HEAD = 9  # bytes before the body of a request: length, kind, number
_LONGEST_ANSWER = 1 << 18


class Stream(Protocol):
    """A started SFTP channel: bytes out and bytes in. All that goes wrong is a ``TransportError``."""

    @property
    def message_size(self) -> int:
        """The longest message in bytes that travels in one piece."""

    def send(self, step: str, data: bytes) -> None:
        """Send all of it; an error names the step."""

    def receive(self, step: str) -> bytes:
        """Wait for the next bytes, at least one; an error names the step."""

    def close(self) -> None:
        """Cut the connection; whatever mattered has been acknowledged."""


class Wire:
    """SFTP version 3 over a session.

    Attributes:
        extensions: names of the extensions that the server offers.
        in_flight: bytes in requests that are not answered yet.
    """

    def __init__(self, session: Stream) -> None:
        """Agree on the version; ``Unsupported`` if the server speaks another one, or no SFTP at all."""
        self._session = session
        self._received = bytearray()
        self._unanswered: dict[int, Request] = {}
        self._answers: dict[int, Reply] = {}
        self._number = 0
        self.in_flight = 0
        self.extensions = self._agree()

    def room(self, request: Request) -> int:
        """How many bytes more a request can hold and stay in one piece on its way."""
        return self._session.message_size - _HEAD - len(request.body)

    def send(self, request: Request) -> int:
        """Send a request; returns the number under which its answer will come."""
        self._number = (self._number + 1) % (1 << 32)
        self._unanswered[self._number] = request
        self.in_flight += len(request.body)
        head = uint32(_HEAD - 4 + len(request.body)) + bytes([request.kind]) + uint32(self._number)
        self._session.send(request.step, head + request.body)
        return self._number

    def run(self, tasks: Sequence[Task[_T]]) -> list[_T | TransportError]:
        """Do pieces of work side by side, up to 64 of them at once.

        Returns:
            What each returned or failed with, in order. If the connection ends, that is what the others fail with.
        """
        outcomes: dict[int, _T | TransportError] = {}
        waiting: dict[int, tuple[int, Task[_T]]] = {}
        fresh = iter(enumerate(tasks))

        def go_on(index: int, task: Task[_T], reply: Reply | None) -> None:
            try:
                waiting[self._advance(task, reply)] = index, task
            except StopIteration as done:
                outcomes[index] = done.value
            except TransportError as error:
                outcomes[index] = error

        while len(outcomes) < len(tasks):
            for index, task in islice(fresh, _AT_ONCE - len(waiting)):
                go_on(index, task, None)
            if not waiting:
                continue
            try:
                number, reply = self._receive()
            except TransportError as error:
                self._session.close()
                outcomes |= {index: error for index, _ in waiting.values()}
                waiting.clear()
                continue
            if number in waiting:
                go_on(*waiting.pop(number), reply)
            else:
                self._answers[number] = reply
        return [outcomes[index] for index in range(len(tasks))]

    def do(self, task: Task[_T]) -> _T:
        """Do one piece of work; raises what it fails with."""
        (outcome,) = self.run([task])
        if isinstance(outcome, TransportError):
            raise outcome
        return outcome

    def _advance(self, task: Task[_T], reply: Reply | None) -> int:
        """Let a task go on until the answer that it needs next is not here yet; returns the number of that."""
        while True:
            number = task.send(reply) if reply else next(task)
            if number not in self._answers:
                return number
            reply = self._answers.pop(number)

    def _receive(self) -> tuple[int, Reply]:
        kind, fields = self._packet()
        number = fields.uint32()
        if number not in self._unanswered:
            raise self._not_sftp()
        request = self._unanswered.pop(number)
        self.in_flight -= len(request.body)
        return number, Reply(request, kind, fields)

    def _agree(self) -> frozenset[bytes]:
        self._session.send("start SFTP", uint32(5) + bytes([INIT]) + uint32(VERSION))
        kind, fields = self._packet()
        if kind != VERSION_IS or fields.uint32() != VERSION:
            raise self._not_sftp()
        extensions = set()
        while fields:
            extensions.add(fields.string())
            fields.string()  # its version
        return frozenset(extensions)

    def _packet(self) -> tuple[int, Fields]:
        length = int.from_bytes(self._take(4), "big")
        if not 5 <= length <= _LONGEST_ANSWER:
            raise self._not_sftp()
        packet = self._take(length)
        return packet[0], Fields(packet[1:])

    def _take(self, count: int) -> bytes:
        while len(self._received) < count:
            self._received += self._session.receive(self._step)
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    @property
    def _step(self) -> str:
        """What has been waited for the longest."""
        return next((request.step for request in self._unanswered.values()), "start SFTP")

    def _not_sftp(self) -> Unsupported:
        return Unsupported(self._step, f"the server does not speak SFTP version {VERSION}")
