"""Reads and writes single frames of the link; a malformed one is refused before anyone acts on it.

* A frame is judged by its size before it is decoded, and by every field before it is used.
* A refusal names the frame's parcel where it can be known, so that the sender can give it up.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, TypeAlias, cast

from google.protobuf.message import DecodeError

from onggi.errors import Refused
from onggi.protocol import node_service_pb2 as pb
from onggi.protocol.parcels import Hello, LinkLimits, Parcel, ParcelKind, Welcome
from onggi.protocol.varints import read_varint, write_varint

Frame: TypeAlias = pb.FromNode | pb.FromCoordinator
FrameType: TypeAlias = type[pb.FromNode] | type[pb.FromCoordinator]

_NAME: Final = re.compile(r"[\x21-\x7e]{1,160}")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_MAX_ACKS: Final = 2048
_SHA256_BYTES: Final = 32
_CHUNK_TAG, _DATA_TAG, _OFFSET_TAG, _SIZED_TAGS, _LONGEST_HEAD = 0x3A, 0x22, 0x10, (0x0A, 0x1A), 512
_KIND_NUMBER: Final = {kind: cast("pb.ParcelKind", pb.ParcelKind.Value(kind.name)) for kind in ParcelKind}
_KIND: Final[dict[int, ParcelKind]] = {number: kind for kind, number in _KIND_NUMBER.items()}


class BadFrame(Refused):
    """A frame that was not accepted. `parcel_id` is empty where it could not be read."""

    def __init__(self, code: str, *, parcel_id: str = "", final: bool = True, limit: int = 0) -> None:
        super().__init__(code, limit=limit)
        self.parcel_id = parcel_id
        self.final = final
        self.limit = limit


class ChunkIn(NamedTuple):
    """A piece of a large body as it came."""

    id: str
    offset: int
    sha256: bytes
    data: bytes | memoryview


class Inbound(NamedTuple):
    """A checked frame. `chunk` stands beside `frame` where `what` is "chunk"."""

    frame: Frame
    what: str | None
    chunk: ChunkIn | None = None


def read_frame(raw: bytes, frame_type: FrameType, *, limits: LinkLimits) -> Inbound:
    """Decode and check one frame. Raises BadFrame."""
    if len(raw) > limits.frame:
        raise BadFrame("link.frame_too_large", limit=limits.frame)
    try:
        frame, what, chunk = _decode(raw, frame_type)
    except DecodeError:
        raise BadFrame("link.malformed_frame") from None
    if what is None and not frame.acks and not frame.credit:
        raise BadFrame("link.unknown_frame")
    if len(frame.acks) > _MAX_ACKS:
        raise BadFrame("link.malformed_frame", limit=_MAX_ACKS)
    if any(not _NAME.fullmatch(ack) for ack in frame.acks):
        raise BadFrame("link.malformed_frame")
    if chunk is not None:
        _check_chunk(chunk)
    else:
        _check_body(frame, what, limits)
    return Inbound(frame, what, chunk)


def _decode(raw: bytes, frame_type: FrameType) -> Inbound:
    split = _split_chunk(raw)
    if split is not None:
        head, data, rest = split
        frame = frame_type.FromString(rest)
        if frame.WhichOneof("what") is None:
            return Inbound(frame, "chunk", ChunkIn(head.id, head.offset, head.sha256, data))
    frame = frame_type.FromString(raw)
    what = frame.WhichOneof("what")
    if what != "chunk":
        return Inbound(frame, what)
    whole = frame.chunk
    return Inbound(frame, what, ChunkIn(whole.id, whole.offset, whole.sha256, whole.data))


def _check_chunk(chunk: ChunkIn) -> None:
    _check_id(chunk.id)
    if not chunk.data or len(chunk.sha256) not in (0, _SHA256_BYTES):
        raise BadFrame("link.malformed_frame", parcel_id=chunk.id, final=False)


def _check_body(frame: Frame, what: str | None, limits: LinkLimits) -> None:
    match what:
        case "parcel":
            _check_parcel(frame.parcel)
            if len(frame.parcel.body) > limits.whole_frame:
                raise BadFrame("link.parcel_too_large", parcel_id=frame.parcel.id, limit=limits.whole_frame)
        case "begin":
            _check_parcel(frame.begin)
            if frame.begin.length > limits.body:
                raise BadFrame("link.parcel_too_large", parcel_id=frame.begin.id, limit=limits.body)
        case "resume":
            _check_id(frame.resume.id)
        case "error":
            if frame.error.id:
                _check_id(frame.error.id)
            if not _CODE.fullmatch(frame.error.code) or len(frame.error.code) > 80:
                raise BadFrame("link.malformed_frame")
        case _:
            pass


def _check_parcel(parcel: pb.Parcel | pb.Begin) -> None:
    _check_id(parcel.id)
    if parcel.about and not _NAME.fullmatch(parcel.about):
        raise BadFrame("link.malformed_frame", parcel_id=parcel.id)
    if parcel.kind not in _KIND:
        raise BadFrame("link.unknown_kind", parcel_id=parcel.id)


def _check_id(parcel_id: str) -> None:
    if not _NAME.fullmatch(parcel_id):
        raise BadFrame("link.malformed_frame")


def is_code(text: str) -> bool:
    """Whether text from the other side is a code that may be shown."""
    return len(text) <= 80 and _CODE.fullmatch(text) is not None


def check_sendable(parcel: Parcel, *, limits: LinkLimits) -> None:
    """Refuse at the sender what every receiver would refuse."""
    if not _NAME.fullmatch(parcel.id) or (parcel.about and not _NAME.fullmatch(parcel.about)):
        raise Refused("link.bad_parcel_name")
    if len(parcel.body) > limits.body:
        raise Refused("link.parcel_too_large", limit=limits.body)


def parcel_of(message: pb.Parcel) -> Parcel:
    """A checked whole-frame parcel as our own type."""
    return Parcel(id=message.id, kind=_KIND[message.kind], about=message.about, body=message.body)


def parcel_from_begin(begin: pb.Begin, body: bytes, *, sha256: bytes = b"") -> Parcel:
    """A parcel put together from its chunks."""
    return Parcel(id=begin.id, kind=_KIND[begin.kind], about=begin.about, body=body, sha256=sha256)


def put_parcel(frame: Frame, parcel: Parcel) -> None:
    """Place a whole parcel in a frame."""
    into = frame.parcel
    into.id, into.kind, into.about, into.body = (
        parcel.id,
        _KIND_NUMBER[parcel.kind],
        parcel.about,
        parcel.body,
    )


def begin_of(parcel: Parcel) -> pb.Begin:
    """The announcement of a parcel that is sent in chunks."""
    return pb.Begin(id=parcel.id, kind=_KIND_NUMBER[parcel.kind], about=parcel.about, length=len(parcel.body))


def cost_of(parcel_id: str, about: str, size: int) -> int:
    """Bytes of credit that a parcel or chunk uses; both sides compute the same."""
    return size + len(parcel_id) + len(about) + 64


def chunk_bytes(frame: Frame, parcel_id: str, offset: int, data: memoryview, sha256: bytes) -> bytes:
    """The wire form of `frame` with a chunk in it, copying the data once.

    Protobuf's own encoder would copy it three times; the bytes are the same for any decoder.
    """
    head = pb.Chunk(id=parcel_id, offset=offset, sha256=sha256).SerializeToString()
    head += bytes([_DATA_TAG]) + write_varint(len(data))
    envelope = bytes([_CHUNK_TAG]) + write_varint(len(head) + len(data))
    return b"".join((envelope, head, data, frame.SerializeToString()))


def _split_chunk(raw: bytes) -> tuple[pb.Chunk, memoryview, bytes] | None:
    """(chunk without data, data uncopied, the frame's other fields) of a frame as `chunk_bytes` writes it.

    None for any other spelling: protobuf's own decoder then reads it, with two copies more.
    """
    try:
        if raw[0] != _CHUNK_TAG:
            return None
        length, start = read_varint(raw, 1)
        end = start + length
        at = start
        while raw[at] != _DATA_TAG:
            tag = raw[at]
            size, at = read_varint(raw, at + 1)
            if tag in _SIZED_TAGS:
                at += size
            elif tag != _OFFSET_TAG:
                return None
        size, begin = read_varint(raw, at + 1)
    except IndexError:
        return None
    if begin + size != end or end > len(raw) or at - start > _LONGEST_HEAD:
        return None
    return pb.Chunk.FromString(raw[start:at]), memoryview(raw)[begin:end], raw[end:]


def hello_frame(hello: Hello, *, window: int) -> bytes:
    """The node's first frame."""
    message = pb.Hello(
        version_min=hello.version_min,
        version_max=hello.version_max,
        software=hello.software,
        root_version=hello.root_version,
        log_size=hello.log_size,
        orders=hello.orders,
        window=window,
        clock_ms=hello.clock_ms,
    )
    return pb.FromNode(hello=message).SerializeToString()


def hello_of(message: pb.Hello) -> Hello:
    """A node's first frame as our own type. Raises BadFrame."""
    if len(message.orders) > _MAX_ACKS or any(not _NAME.fullmatch(order) for order in message.orders):
        raise BadFrame("link.malformed_frame")
    if len(message.software) > 80 or not message.software.isprintable():
        raise BadFrame("link.malformed_frame")
    return Hello(
        version_min=message.version_min,
        version_max=message.version_max,
        software=message.software,
        root_version=message.root_version,
        log_size=message.log_size,
        orders=tuple(message.orders),
        clock_ms=message.clock_ms,
    )


def welcome_frame(welcome: Welcome, *, window: int) -> bytes:
    """The coordinator's answer."""
    message = pb.Welcome(
        version=welcome.version,
        server_time_ms=welcome.server_time_ms,
        heartbeat_ms=round(welcome.heartbeat_s * 1000),
        window=window,
        software=welcome.software,
    )
    return pb.FromCoordinator(welcome=message).SerializeToString()


def welcome_of(message: pb.Welcome) -> Welcome:
    """The coordinator's answer as our own type."""
    return Welcome(
        version=message.version,
        server_time_ms=message.server_time_ms,
        heartbeat_s=message.heartbeat_ms / 1000,
        software=message.software,
    )


def error_frame(frame_type: FrameType, code: str) -> bytes:
    """A frame that says why the stream is about to end."""
    return frame_type(error=pb.Error(code=code, final=True)).SerializeToString()


def choose_version(hello: Hello, *, lowest: int, highest: int) -> int:
    """The newest version that both sides speak. Raises Refused."""
    chosen = min(hello.version_max, highest)
    if chosen < max(hello.version_min, lowest):
        raise Refused("link.version_unknown", theirs=hello.version_max, ours=highest)
    return chosen
