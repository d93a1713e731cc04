"""Reads inputs from standard input and writes h11's verdicts to standard output; verdict.ts has their form.

Both directions are batches: how many, then each as its length and so many octets; numbers have four octets,
big-endian. An input is "q" (requests) or "s" (responses), the requests asked, separated by commas, a LF, the bytes.
A verdict is its text, a NUL, and the reason.
"""

import sys

import h11

ASKED = {
    name: h11.Request(method=method, target=target, headers=[("Host", "a"), *fields])
    for name, method, target, fields in [
        ("GET", "GET", "/", []),
        ("HEAD", "HEAD", "/", []),
        ("POST", "POST", "/", []),
        ("CONNECT", "CONNECT", "a:1", []),
        ("upgrade", "GET", "/", [("Connection", "upgrade"), ("Upgrade", "x")]),
    ]
}
REFUSAL = h11.Response(status_code=200, headers=[("Content-Length", "0")])
TUNNEL = h11.Response(status_code=200, headers=[])
END = h11.EndOfMessage()


class Verdict:
    def __init__(self):
        self.complete = []
        self.head = []
        self.content = []

    def start(self, *parts):
        self.head = [b">", b" ".join(parts), b"\n"]
        self.content = []

    def end(self, trailers):
        content = b"".join(self.content)
        self.complete += self.head
        self.complete += [b"\n", b"%d:" % len(content), content]
        self.complete += section(trailers)
        self.complete.append(b"\n")

    def closed(self, ending, reason=""):
        return b"".join(self.complete) + ending + b"\0" + reason.encode("latin1", "replace")

    def leftover(self, octets):
        rest = octets.lstrip(b"\r\n")
        return self.closed(b"+%d" % len(rest) if rest else b".")


def section(fields):
    parts = []
    for name, value in fields:
        parts += [name, b":", value, b"\n"]
    return parts


def version(event):
    # RFC 9110 2.5: a minor version above what one knows is read as what one knows.
    number = bytes(event.http_version)
    return b"1.1" if number[:2] == b"1." and number > b"1.1" else number


def read(reads_requests, asked, octets):
    verdict = Verdict()
    exchange = 0
    try:
        while True:
            if reads_requests:
                connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
            else:
                if not octets:
                    return verdict.closed(b".")
                connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
                connection.send(ASKED[asked[exchange] if exchange < len(asked) else "GET"])
                connection.send(END)
            exchange += 1
            if octets:
                connection.receive_data(octets)
            connection.receive_data(b"")
            method = read_message(connection, verdict)
            if connection.their_state is h11.MIGHT_SWITCH_PROTOCOL:
                answer(connection, method)
            octets = connection.trailing_data[0]
            if connection.their_state is h11.CLOSED:
                return verdict.closed(b".")
            if connection.their_state is not h11.DONE:
                return verdict.leftover(octets)
    except h11.RemoteProtocolError as error:
        return verdict.closed(b"!", str(error))


def answer(connection, method):
    if method == b"CONNECT":
        connection.send(TUNNEL)
    else:
        connection.send(REFUSAL)
        connection.send(END)


def read_message(connection, verdict):
    method = None
    while True:
        event = connection.next_event()
        kind = type(event)
        if kind is h11.Request:
            method = event.method
            verdict.start(event.method, event.target, version(event))
            verdict.head += section(event.headers)
        elif kind is h11.Data:
            verdict.content.append(bytes(event.data))
        elif kind is h11.EndOfMessage:
            verdict.end(event.headers)
            return method
        elif kind is h11.Response or kind is h11.InformationalResponse:
            verdict.start(version(event), b"%d" % event.status_code, event.reason)
            verdict.head += section(event.headers)
            if connection.their_state is h11.SWITCHED_PROTOCOL:
                verdict.end([])
                return method
            if kind is h11.InformationalResponse:
                verdict.end([])
        else:
            return method


def number(source):
    return int.from_bytes(source.read(4), "big")


def main():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while count := number(source):
        sink.write(count.to_bytes(4, "big"))
        for _ in range(count):
            context, octets = source.read(number(source)).split(b"\n", 1)
            asked = context[1:].decode().split(",") if len(context) > 1 else []
            verdict = read(context[:1] == b"q", asked, octets)
            sink.write(len(verdict).to_bytes(4, "big") + verdict)
        sink.flush()


main()
