# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
"""
Know the error types of Go's own packages whose text is a fixed function of stored fields.

Each row: package, name, definition, text, and what it wraps. In a text, `{Field}` is the field's
own text, `{Field!how}` the field shown in a certain way (`says.py` lists them), and
`{?Field|this|that}` is this unless the field is empty, and that if it is; `.` is the value itself.

Upstream: the Error methods of the packages named, in Go 1.19 to 1.27. A definition may end
behind the last field that matters. tests/binary/test_error_table.py compares each with the DWARF
of programs built by those versions, tests/live/test_errors.py the texts with the programs' own.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST, LAST = 19, 99
_STALE_CHANGED = 25


@dataclass(frozen=True, slots=True)
class ErrorType:
    """
    One row.

    Attributes:
        package, name: `io/fs`, `*PathError`.
        definition: of what it is, or points to, in Go syntax.
        text: what Error() makes of it.
        wraps: the field that Unwrap gives; empty when there is none.
        since, until: minor versions of Go.
    """

    package: str
    name: str
    definition: str
    text: str
    wraps: str = ""
    since: int = FIRST
    until: int = LAST


_EMPTY = "struct { }"
_BOUNDS = "struct { x int64; y int; signed bool; code uint8 }"
_PLAIN = "string"
_OF_ERR = "struct { Err error }"
_SOCKADDR = "struct { IP []byte; Port int; Zone string }"

STALE = 116
"""An error number that has other words in older versions of Go on amd64."""


def errno_words(machine: str, minor: int) -> tuple[int, str]:
    """Say how many error numbers have words, and which STALE has (syscall/zerrors_linux_*.go)."""
    old = machine == "amd64" and minor < _STALE_CHANGED
    stale = "stale NFS file handle" if old else "stale file handle"
    return (133 if machine == "amd64" else 134), stale


ERRORS = (
    ErrorType("errors", "*errorString", "struct { s string }", "{s}"),
    ErrorType("errors", "*joinError", "struct { errs []error }", "{errs}", "errs"),
    ErrorType("fmt", "*wrapError", "struct { msg string; err error }", "{msg}", "err"),
    ErrorType("fmt", "*wrapErrors", "struct { msg string; errs []error }", "{msg}", "errs"),
    ErrorType("context", "deadlineExceededError", _EMPTY, "context deadline exceeded"),
    ErrorType(
        "io/fs",
        "*PathError",
        "struct { Op string; Path string; Err error }",
        "{Op} {Path}: {Err}",
        "Err",
    ),
    ErrorType(
        "os",
        "*LinkError",
        "struct { Op string; Old string; New string; Err error }",
        "{Op} {Old} {New}: {Err}",
        "Err",
    ),
    ErrorType(
        "os", "*SyscallError", "struct { Syscall string; Err error }", "{Syscall}: {Err}", "Err"
    ),
    ErrorType("syscall", "Errno", "uintptr", "{.!errno}"),
    ErrorType("internal/poll", "*DeadlineExceededError", _EMPTY, "i/o timeout"),
    ErrorType("internal/poll", "errNetClosing", _EMPTY, "use of closed network connection"),
    ErrorType(
        "net",
        "*OpError",
        "struct { Op string; Net string; Source interface{ S() }; Addr interface{ S() };"
        " Err error }",
        "{Op}{?Net| {Net}}{?Source| {Source}}{?Addr|{?Source|->| }{Addr}}: {Err}",
        "Err",
    ),
    ErrorType(
        "net",
        "*AddrError",
        "struct { Err string; Addr string }",
        "{?Addr|address {Addr}: }{Err}",
    ),
    ErrorType(
        "net",
        "*DNSError",
        "struct { Err string; Name string; Server string }",
        "lookup {Name}{?Server| on {Server}}: {Err}",
        until=22,
    ),
    ErrorType(
        "net",
        "*DNSError",
        "struct { UnwrapErr error; Err string; Name string; Server string }",
        "lookup {Name}{?Server| on {Server}}: {Err}",
        "UnwrapErr",
        since=23,
    ),
    ErrorType("net", "UnknownNetworkError", _PLAIN, "unknown network {.}"),
    ErrorType("net", "InvalidAddrError", _PLAIN, "{.}"),
    ErrorType(
        "net", "*ParseError", "struct { Type string; Text string }", "invalid {Type}: {Text}"
    ),
    ErrorType("net", "*timeoutError", _EMPTY, "i/o timeout"),
    ErrorType("net", "canceledError", _EMPTY, "operation was canceled"),
    ErrorType("net", "*TCPAddr", _SOCKADDR, "{.!sockaddr}"),
    ErrorType("net", "*UDPAddr", _SOCKADDR, "{.!sockaddr}"),
    ErrorType("net", "*UnixAddr", "struct { Name string }", "{Name}"),
    ErrorType(
        "net/url",
        "*Error",
        "struct { Op string; URL string; Err error }",
        "{Op} {URL!quoted}: {Err}",
        "Err",
    ),
    ErrorType("net/url", "EscapeError", _PLAIN, "invalid URL escape {.!quoted}"),
    ErrorType("net/url", "InvalidHostError", _PLAIN, "invalid character {.!quoted} in host name"),
    ErrorType(
        "strconv",
        "*NumError",
        "struct { Func string; Num string; Err error }",
        "strconv.{Func}: parsing {Num!quoted}: {Err}",
        "Err",
    ),
    ErrorType(
        "os/exec",
        "*Error",
        "struct { Name string; Err error }",
        "exec: {Name!quoted}: {Err}",
        "Err",
    ),
    ErrorType(
        "os/exec",
        "*ExitError",
        "struct { ProcessState *struct { pid int; status uint32 } }",
        "{ProcessState!exit}",
    ),
    ErrorType(
        "os/exec",
        "wrappedError",
        "struct { prefix string; err error }",
        "{prefix}: {err}",
        "err",
    ),
    ErrorType("encoding/json", "*SyntaxError", "struct { msg string }", "{msg}"),
    ErrorType("reflect", "*rtype", "struct { t [6]uint64 }", "{.!self}"),
    ErrorType(
        "encoding/json",
        "*UnsupportedTypeError",
        "struct { Type interface{ S() } }",
        "json: unsupported type: {Type}",
    ),
    ErrorType("encoding/hex", "InvalidByteError", "uint8", "encoding/hex: invalid byte: {.!rune}"),
    ErrorType(
        "encoding/base64", "CorruptInputError", "int64", "illegal base64 data at input byte {.}"
    ),
    ErrorType(
        "encoding/csv",
        "*ParseError",
        "struct { StartLine int; Line int; Column int; Err error }",
        "{Err?wrong number of fields|record on line {Line}: {Err}|{StartLine=Line||record on line"
        " {StartLine}; }parse error on line {Line}, column {Column}: {Err}}",
        "Err",
    ),
    ErrorType(
        "encoding/xml",
        "*SyntaxError",
        "struct { Msg string; Line int }",
        "XML syntax error on line {Line}: {Msg}",
    ),
    ErrorType("encoding/xml", "UnmarshalError", _PLAIN, "{.}"),
    ErrorType("encoding/asn1", "SyntaxError", "struct { Msg string }", "asn1: syntax error: {Msg}"),
    ErrorType(
        "encoding/asn1", "StructuralError", "struct { Msg string }", "asn1: structure error: {Msg}"
    ),
    ErrorType(
        "net/http", "*MaxBytesError", "struct { Limit int64 }", "http: request body too large"
    ),
    ErrorType("net/http", "*ProtocolError", "struct { ErrorString string }", "{ErrorString}"),
    ErrorType("net/http", "*badStringError", "struct { what, str string }", "{what} {str!quoted}"),
    ErrorType("net/http", "*httpError", "struct { err string }", "{err}", until=20),
    ErrorType("net/http", "*timeoutError", "struct { err error }", "{err}", since=21),
    ErrorType("net/http", "tlsHandshakeTimeoutError", _EMPTY, "net/http: TLS handshake timeout"),
    ErrorType(
        "net/http",
        "transportReadFromServerError",
        "struct { err error }",
        "net/http: Transport failed to read from server: {err}",
        "err",
    ),
    ErrorType("net/http", "nothingWrittenError", "struct { error error }", "{error}", "error"),
    ErrorType("net/textproto", "ProtocolError", _PLAIN, "{.}"),
    ErrorType(
        "net/textproto",
        "*Error",
        "struct { Code int; Msg string }",
        "{Code!padded} {Msg}",
        until=25,
    ),
    ErrorType(
        "net/textproto",
        "*Error",
        "struct { Code int; Msg string }",
        "{Code!padded} {Msg!quoted}",
        since=26,
    ),
    ErrorType(
        "time",
        "*ParseError",
        "struct { Layout, Value, LayoutElem, ValueElem, Message string }",
        "parsing time {Value!plain}{?Message|{Message}| as {Layout!plain}: cannot parse"
        " {ValueElem!plain} as {LayoutElem!plain}}",
    ),
    ErrorType("crypto/tls", "RecordHeaderError", "struct { Msg string }", "tls: {Msg}"),
    ErrorType(
        "crypto/tls",
        "*CertificateVerificationError",
        "struct { Unverified []uintptr; Err error }",
        "tls: failed to verify certificate: {Err}",
        "Err",
    ),
    ErrorType("crypto/tls", "*permanentError", "struct { err error }", "{err}", "err"),
    ErrorType(
        "crypto/x509",
        "ConstraintViolationError",
        _EMPTY,
        "x509: invalid signature: parent certificate cannot sign this kind of certificate",
    ),
    ErrorType(
        "crypto/x509", "UnhandledCriticalExtension", _EMPTY, "x509: unhandled critical extension"
    ),
    ErrorType(
        "crypto/x509",
        "SystemRootsError",
        _OF_ERR,
        "x509: failed to load system roots and no roots provided{?Err|; {Err}}",
        "Err",
    ),
    ErrorType("crypto/aes", "KeySizeError", "int", "crypto/aes: invalid key size {.}"),
    ErrorType(
        "compress/flate", "CorruptInputError", "int64", "flate: corrupt input before offset {.}"
    ),
    ErrorType("compress/flate", "InternalError", _PLAIN, "flate: internal error: {.}"),
    ErrorType("os/user", "UnknownUserError", _PLAIN, "user: unknown user {.}"),
    ErrorType("os/user", "UnknownUserIdError", "int", "user: unknown userid {.}"),
    ErrorType("os/user", "UnknownGroupError", _PLAIN, "group: unknown group {.}"),
    ErrorType(
        "regexp/syntax",
        "*Error",
        "struct { Code string; Expr string }",
        "error parsing regexp: {Code}: `{Expr}`",
    ),
    ErrorType(
        "net/netip",
        "parseAddrError",
        "struct { in, msg, at string }",
        "ParseAddr({in!quoted}): {msg}{?at| (at {at!quoted})}",
    ),
    ErrorType("text/template", "ExecError", "struct { Name string; Err error }", "{Err}", "Err"),
    ErrorType(
        "runtime",
        "boundsError",
        _BOUNDS,
        "{.!bounds}",
        since=20,
    ),
    ErrorType("runtime", "boundsError", _BOUNDS, "{.!old_bounds}", until=19),
    ErrorType("runtime", "plainError", _PLAIN, "{.}"),
    ErrorType("runtime", "errorString", _PLAIN, "runtime error: {.}"),
    ErrorType("runtime", "errorAddressString", "struct { msg string }", "runtime error: {msg}"),
    ErrorType(
        "runtime",
        "*TypeAssertionError",
        "struct { _interface, concrete, asserted *[6]uint64; missingMethod string }",
        "interface conversion: {?concrete|{?missingMethod|{concrete!type} is not"
        " {asserted!type}: missing method {missingMethod}|{?_interface|{_interface!type}|interface}"
        " is {concrete!type}, not {asserted!type:concrete}}"
        "|{?_interface|{_interface!type}|interface} is nil, not {asserted!type}}",
    ),
    ErrorType(
        "runtime",
        "*PanicNilError",
        _EMPTY,
        "panic called with nil argument",
        until=26,
    ),
    ErrorType(
        "runtime",
        "*PanicNilError",
        _EMPTY,
        "runtime error: panic called with nil argument",
        since=27,
    ),
)
"""Values that are no errors are here too, where an error's text is made of theirs."""
