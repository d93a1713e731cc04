import assert from "node:assert/strict";
import { test } from "node:test";
import { described } from "../../src/cli/exit-codes.ts";
import { ProtocolError } from "../../src/http1.ts";
import { TRANSPORT_ERRORS, TransportError, type TransportErrorCode } from "../../src/tcp.ts";

/** As in the manual page of curl: what a script asks for. */
const EXIT_CODES: { readonly [ExitCode in number]: readonly TransportErrorCode[] } = {
  2: ["HANDLER_INVALID"],
  3: ["HOST_INVALID", "URL_INVALID"],
  5: ["PROXY_DNS", "PROXY_INVALID"],
  6: ["DNS"],
  7: [
    "ADDRESS_IN_USE",
    "ADDRESS_NOT_AVAILABLE",
    "PERMISSION",
    "ADDRESS_REFUSED",
    "CONNECT_REFUSED",
    "CONNECT_RESET",
    "CONNECT_UNREACHABLE",
    "PROXY_SCHEME",
    "TUNNEL_REFUSED",
    "CONNECT_FAILED",
    "POOL_CLOSED",
    "POOL_QUEUE_FULL",
    "OVERLOADED",
    "DRAINING",
  ],
  18: ["BODY_TRUNCATED"],
  23: ["BODY_USED"],
  28: [
    "TIMEOUT_CONNECT",
    "TIMEOUT_TLS",
    "TIMEOUT_HEAD",
    "TIMEOUT_BODY",
    "TIMEOUT_HANDLER",
    "TIMEOUT_WRITE",
    "TIMEOUT_IDLE",
    "TIMEOUT_QUEUE",
    "TIMEOUT_TOTAL",
  ],
  35: ["TLS_HANDSHAKE"],
  47: ["REDIRECT_LIMIT", "REDIRECT_REFUSED"],
  52: ["PEER_CLOSED_BEFORE_RESPONSE"],
  55: ["BODY_MISMATCH", "WRITE_FAILED"],
  56: ["PEER_RESET", "TUNNEL_BROKEN", "UNSOLICITED_DATA", "WORKER_LOST"],
  60: ["TLS_VERIFY"],
  61: ["DECODE_FAILED"],
  63: ["BODY_TOO_LARGE", "DECODE_BOMB"],
  77: ["TLS_CA_FILE"],
  90: ["TLS_PIN"],
  97: ["PROXY_HEADER", "PROXY_HANDSHAKE"],
  130: ["ABORTED"],
};

test("each failure of a connection ends the command with curl's exit code", () => {
  for (const [exitCode, codes] of Object.entries(EXIT_CODES)) {
    for (const code of codes) {
      const error = new TransportError(code, "connect", "it failed");
      assert.deepEqual(described(error), { exitCode: Number(exitCode), message: "it failed" }, code);
    }
  }
  assert.deepEqual(Object.values(EXIT_CODES).flat().sort(), [...TRANSPORT_ERRORS].sort());
});

test("a message that breaks a rule is 8, one that was cut off 18, a mistake of the caller 2", () => {
  const exitCode = (code: "INVALID_CHUNK_SIZE" | "INCOMPLETE_BODY", blame: "local" | "remote") =>
    described(new ProtocolError(code, "it is wrong", { blame })).exitCode;
  assert.equal(exitCode("INVALID_CHUNK_SIZE", "remote"), 8);
  assert.equal(exitCode("INCOMPLETE_BODY", "remote"), 18);
  assert.equal(exitCode("INVALID_CHUNK_SIZE", "local"), 2);
});

test("any other error is called a mistake of ours", () => {
  assert.deepEqual(described(new RangeError("no")), {
    exitCode: 1,
    message: "RangeError: no (a mistake of ours; WIREPANE_DEBUG=1 shows where)",
  });
});
