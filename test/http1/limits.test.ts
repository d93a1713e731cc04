import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { latin1Bytes } from "../../src/bytes/text.ts";
import { Http1Connection } from "../../src/http1/connection.ts";
import { ProtocolError, type ProtocolErrorCode } from "../../src/http1/errors.ts";
import { NEED_DATA, PAUSED } from "../../src/http1/events.ts";
import { CLIENT_LIMITS, type Http1Limits, SERVER_LIMITS } from "../../src/http1/limits.ts";
import type { Role } from "../../src/http1/state.ts";
import { ROOT } from "../support/root.ts";
import { END, request } from "./heads.ts";

interface LimitCase {
  readonly code: ProtocolErrorCode;
  readonly status: number;
  readonly limit: number;
  /** A message that uses exactly `amount` of what is limited. */
  readonly message: (amount: number) => string;
  readonly role?: Role;
  /** Other limits that would be reached first. */
  readonly others?: Partial<Http1Limits>;
}

const GET = "GET / HTTP/1.1\r\nHost: a\r\n";
const CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
const chunk = (ext = "") => `1${ext}\r\nx\r\n`;

/** What exactly each limit counts. */
const CASES: Record<keyof Http1Limits, LimitCase> = {
  maxStartLineBytes: {
    code: "START_LINE_TOO_LONG",
    status: 414,
    limit: 30,
    message: (bytes) => `GET /${"a".repeat(bytes - 14)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  },
  maxHeadBytes: {
    code: "HEAD_TOO_LARGE",
    status: 431,
    limit: 100,
    message: (bytes) => `${GET}A: ${"b".repeat(bytes - GET.length - 7)}\r\n\r\n`,
  },
  maxFieldLines: {
    code: "TOO_MANY_FIELD_LINES",
    status: 431,
    limit: 5,
    message: (lines) => `${GET}${"A: b\r\n".repeat(lines - 1)}\r\n`,
  },
  maxChunkSizeDigits: {
    code: "INVALID_CHUNK_SIZE",
    status: 400,
    limit: 6,
    message: (digits) => `${CHUNKED}${"1".padStart(digits, "0")}\r\nx\r\n0\r\n\r\n`,
  },
  maxChunkExtBytes: {
    code: "CHUNK_EXT_TOO_LONG",
    status: 400,
    limit: 20,
    message: (bytes) => `${CHUNKED}${chunk(`;${"a".repeat(bytes - 1)}`)}0\r\n\r\n`,
  },
  maxMessageChunkExtBytes: {
    code: "CHUNK_EXT_TOO_LONG",
    status: 400,
    limit: 20,
    message: (bytes) => `${CHUNKED}${chunk(";a=b").repeat(4)}${chunk(`;${"c".repeat(bytes - 17)}`)}0\r\n\r\n`,
  },
  maxChunkOverheadRatio: {
    // The framing of a chunk of one byte is its size, two CRLFs, and the extension.
    code: "CHUNK_OVERHEAD",
    status: 400,
    limit: 7,
    message: (ratio) => CHUNKED + chunk(`;${"a".repeat(ratio - 6)}`).repeat(10),
    others: { maxChunkOverheadBytes: 0 },
  },
  maxChunkOverheadBytes: {
    code: "CHUNK_OVERHEAD",
    status: 400,
    limit: 50,
    message: (bytes) => `${CHUNKED}${chunk().repeat(5)}${chunk(`;${"a".repeat(bytes - 31)}`)}`,
    others: { maxChunkOverheadRatio: 0 },
  },
  maxTrailerBytes: {
    code: "TRAILERS_TOO_LARGE",
    status: 431,
    limit: 40,
    message: (bytes) => `${CHUNKED}0\r\nA: ${"b".repeat(bytes - 7)}\r\n\r\n`,
  },
  maxTrailerFieldLines: {
    code: "TRAILERS_TOO_LARGE",
    status: 431,
    limit: 3,
    message: (lines) => `${CHUNKED}0\r\n${"A: b\r\n".repeat(lines)}\r\n`,
  },
  maxInformational: {
    code: "TOO_MANY_INFORMATIONAL",
    status: 400,
    limit: 4,
    role: "client",
    message: (times) => `${"HTTP/1.1 103 E\r\n\r\n".repeat(times)}HTTP/1.1 204 N\r\n\r\n`,
  },
  maxEmptyLines: {
    code: "TOO_MANY_EMPTY_LINES",
    status: 400,
    limit: 3,
    message: (lines) => `${"\r\n".repeat(lines)}${GET}\r\n`,
  },
};

describe("limits", () => {
  for (const [name, { code, status, limit, message, role = "server", others }] of Object.entries(CASES)) {
    test(`${name}: just as much passes, one more is ${code}`, () => {
      const limits = { ...others, [name]: limit };
      assert.equal(outcome(role, limits, message(limit)), undefined);
      const error = outcome(role, limits, message(limit + 1));
      assert.deepEqual([error?.code, error?.blame, error?.statusHint], [code, "remote", status]);
    });
  }

  test("docs/protocol.md has every limit with its code", () => {
    const rows = readFileSync(new URL("docs/protocol.md", ROOT), "utf8").split("\n");
    for (const [name, { code }] of Object.entries(CASES)) {
      assert.ok(
        rows.some((row) => row.startsWith("|") && row.includes(`\`${name}\``) && row.includes(`\`${code}\``)),
        name,
      );
    }
  });

  test("that are not given keep their defaults, which differ by role", () => {
    const fields = (lines: number) => "A: b\r\n".repeat(lines);
    const asked = (lines: number) => `GET / HTTP/1.0\r\n${fields(lines)}\r\n`;
    const answered = (lines: number) => `HTTP/1.1 204 N\r\n${fields(lines)}\r\n`;
    for (const limits of [{}, { maxEmptyLines: 1 }]) {
      assert.equal(outcome("server", limits, asked(SERVER_LIMITS.maxFieldLines)), undefined);
      assert.ok(outcome("server", limits, asked(SERVER_LIMITS.maxFieldLines + 1)));
      assert.equal(outcome("client", limits, answered(CLIENT_LIMITS.maxFieldLines)), undefined);
      assert.ok(outcome("client", limits, answered(CLIENT_LIMITS.maxFieldLines + 1)));
    }
  });
});

function outcome(role: Role, limits: Partial<Http1Limits>, text: string): ProtocolError | undefined {
  const connection = new Http1Connection({ role, limits });
  if (role === "client") {
    connection.send(request());
    connection.send(END);
  }
  connection.receive(latin1Bytes(text));
  try {
    for (let event = connection.nextEvent(); event !== NEED_DATA && event !== PAUSED; ) {
      event = connection.nextEvent();
    }
    assert.equal(connection.bufferedBytes, 0, "all of it was read");
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    return error;
  }
}
