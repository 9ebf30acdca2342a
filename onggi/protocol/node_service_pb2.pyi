from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ParcelKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PARCEL_KIND_UNSPECIFIED: _ClassVar[ParcelKind]
    ORDER: _ClassVar[ParcelKind]
    DECISION: _ClassVar[ParcelKind]
    MESSAGE: _ClassVar[ParcelKind]
    REPLY: _ClassVar[ParcelKind]
    SUM: _ClassVar[ParcelKind]
    CANCEL: _ClassVar[ParcelKind]
    FINISH: _ClassVar[ParcelKind]
    STAGE: _ClassVar[ParcelKind]
    CHECKPOINT: _ClassVar[ParcelKind]
    COSIGNATURE: _ClassVar[ParcelKind]
    DELETION: _ClassVar[ParcelKind]
    REVOCATION: _ClassVar[ParcelKind]
    ROOTS: _ClassVar[ParcelKind]
    REPORT: _ClassVar[ParcelKind]
    REGISTER: _ClassVar[ParcelKind]
    BUDGET: _ClassVar[ParcelKind]
PARCEL_KIND_UNSPECIFIED: ParcelKind
ORDER: ParcelKind
DECISION: ParcelKind
MESSAGE: ParcelKind
REPLY: ParcelKind
SUM: ParcelKind
CANCEL: ParcelKind
FINISH: ParcelKind
STAGE: ParcelKind
CHECKPOINT: ParcelKind
COSIGNATURE: ParcelKind
DELETION: ParcelKind
REVOCATION: ParcelKind
ROOTS: ParcelKind
REPORT: ParcelKind
REGISTER: ParcelKind
BUDGET: ParcelKind

class EnrollRequest(_message.Message):
    __slots__ = ("site", "secret", "csr")
    SITE_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    CSR_FIELD_NUMBER: _ClassVar[int]
    site: str
    secret: str
    csr: bytes
    def __init__(self, site: _Optional[str] = ..., secret: _Optional[str] = ..., csr: _Optional[bytes] = ...) -> None: ...

class Certificate(_message.Message):
    __slots__ = ("certificate", "authority")
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    certificate: bytes
    authority: bytes
    def __init__(self, certificate: _Optional[bytes] = ..., authority: _Optional[bytes] = ...) -> None: ...

class RenewRequest(_message.Message):
    __slots__ = ("csr", "expired_certificate", "challenge", "signature")
    CSR_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    csr: bytes
    expired_certificate: bytes
    challenge: bytes
    signature: bytes
    def __init__(self, csr: _Optional[bytes] = ..., expired_certificate: _Optional[bytes] = ..., challenge: _Optional[bytes] = ..., signature: _Optional[bytes] = ...) -> None: ...

class RenewAnswer(_message.Message):
    __slots__ = ("challenge", "server_time_ms", "certificate")
    CHALLENGE_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    challenge: bytes
    server_time_ms: int
    certificate: Certificate
    def __init__(self, challenge: _Optional[bytes] = ..., server_time_ms: _Optional[int] = ..., certificate: _Optional[_Union[Certificate, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("version_min", "version_max", "software", "root_version", "log_size", "orders", "window", "clock_ms")
    VERSION_MIN_FIELD_NUMBER: _ClassVar[int]
    VERSION_MAX_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_FIELD_NUMBER: _ClassVar[int]
    ROOT_VERSION_FIELD_NUMBER: _ClassVar[int]
    LOG_SIZE_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    CLOCK_MS_FIELD_NUMBER: _ClassVar[int]
    version_min: int
    version_max: int
    software: str
    root_version: int
    log_size: int
    orders: _containers.RepeatedScalarFieldContainer[str]
    window: int
    clock_ms: int
    def __init__(self, version_min: _Optional[int] = ..., version_max: _Optional[int] = ..., software: _Optional[str] = ..., root_version: _Optional[int] = ..., log_size: _Optional[int] = ..., orders: _Optional[_Iterable[str]] = ..., window: _Optional[int] = ..., clock_ms: _Optional[int] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("version", "server_time_ms", "heartbeat_ms", "window", "software")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_MS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    SOFTWARE_FIELD_NUMBER: _ClassVar[int]
    version: int
    server_time_ms: int
    heartbeat_ms: int
    window: int
    software: str
    def __init__(self, version: _Optional[int] = ..., server_time_ms: _Optional[int] = ..., heartbeat_ms: _Optional[int] = ..., window: _Optional[int] = ..., software: _Optional[str] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("sent_us", "echo_us")
    SENT_US_FIELD_NUMBER: _ClassVar[int]
    ECHO_US_FIELD_NUMBER: _ClassVar[int]
    sent_us: int
    echo_us: int
    def __init__(self, sent_us: _Optional[int] = ..., echo_us: _Optional[int] = ...) -> None: ...

class Parcel(_message.Message):
    __slots__ = ("id", "kind", "about", "body")
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    id: str
    kind: ParcelKind
    about: str
    body: bytes
    def __init__(self, id: _Optional[str] = ..., kind: _Optional[_Union[ParcelKind, str]] = ..., about: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...

class Begin(_message.Message):
    __slots__ = ("id", "kind", "about", "length")
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    id: str
    kind: ParcelKind
    about: str
    length: int
    def __init__(self, id: _Optional[str] = ..., kind: _Optional[_Union[ParcelKind, str]] = ..., about: _Optional[str] = ..., length: _Optional[int] = ...) -> None: ...

class Resume(_message.Message):
    __slots__ = ("id", "offset")
    ID_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    id: str
    offset: int
    def __init__(self, id: _Optional[str] = ..., offset: _Optional[int] = ...) -> None: ...

class Chunk(_message.Message):
    __slots__ = ("id", "offset", "sha256", "data")
    ID_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    id: str
    offset: int
    sha256: bytes
    data: bytes
    def __init__(self, id: _Optional[str] = ..., offset: _Optional[int] = ..., sha256: _Optional[bytes] = ..., data: _Optional[bytes] = ...) -> None: ...

class Error(_message.Message):
    __slots__ = ("code", "id", "final", "limit")
    CODE_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    FINAL_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    code: str
    id: str
    final: bool
    limit: int
    def __init__(self, code: _Optional[str] = ..., id: _Optional[str] = ..., final: _Optional[bool] = ..., limit: _Optional[int] = ...) -> None: ...

class FromNode(_message.Message):
    __slots__ = ("hello", "heartbeat", "parcel", "begin", "resume", "chunk", "error", "acks", "credit")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ACKS_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    heartbeat: Heartbeat
    parcel: Parcel
    begin: Begin
    resume: Resume
    chunk: Chunk
    error: Error
    acks: _containers.RepeatedScalarFieldContainer[str]
    credit: int
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., parcel: _Optional[_Union[Parcel, _Mapping]] = ..., begin: _Optional[_Union[Begin, _Mapping]] = ..., resume: _Optional[_Union[Resume, _Mapping]] = ..., chunk: _Optional[_Union[Chunk, _Mapping]] = ..., error: _Optional[_Union[Error, _Mapping]] = ..., acks: _Optional[_Iterable[str]] = ..., credit: _Optional[int] = ...) -> None: ...

class FromCoordinator(_message.Message):
    __slots__ = ("welcome", "heartbeat", "parcel", "begin", "resume", "chunk", "error", "acks", "credit")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    PARCEL_FIELD_NUMBER: _ClassVar[int]
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    RESUME_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ACKS_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    heartbeat: Heartbeat
    parcel: Parcel
    begin: Begin
    resume: Resume
    chunk: Chunk
    error: Error
    acks: _containers.RepeatedScalarFieldContainer[str]
    credit: int
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., parcel: _Optional[_Union[Parcel, _Mapping]] = ..., begin: _Optional[_Union[Begin, _Mapping]] = ..., resume: _Optional[_Union[Resume, _Mapping]] = ..., chunk: _Optional[_Union[Chunk, _Mapping]] = ..., error: _Optional[_Union[Error, _Mapping]] = ..., acks: _Optional[_Iterable[str]] = ..., credit: _Optional[int] = ...) -> None: ...
