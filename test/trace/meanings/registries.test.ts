import assert from "node:assert/strict";
import * as nodeHttp from "node:http";
import { createRequire } from "node:module";
import { test } from "node:test";
import { PROTOCOL_ERRORS } from "../../../src/http1/errors.ts";
import { RULES } from "../../../src/http1/observer.ts";
import { CONSEQUENCES, JOINT_MOVES, TURNS } from "../../../src/http1/state.ts";
import { PROTOCOL_ERROR_ADVICE, PROTOCOL_ERROR_MEANINGS } from "../../../src/trace/meanings/errors.ts";
import { FIELD_MEANINGS, fieldMeaning } from "../../../src/trace/meanings/fields.ts";
import { METHOD_MEANINGS, methodMeaning } from "../../../src/trace/meanings/methods.ts";
import { RULE_MEANINGS } from "../../../src/trace/meanings/rules.ts";
import { CAUSE_MEANINGS, moveMeaning, STATE_MEANINGS } from "../../../src/trace/meanings/states.ts";
import { STATUS_MEANINGS, statusMeaning } from "../../../src/trace/meanings/statuses.ts";
import { STRUCTURE_MEANINGS } from "../../../src/trace/meanings/structures.ts";
import { tcpErrorMeaning, tcpMeaning } from "../../../src/trace/meanings/tcp.ts";
import { VALUE_READERS } from "../../../src/trace/values/values.ts";
import { FIELDS, METHODS, STATUSES } from "./registries.ts";

test("every registered method, status and field has a meaning", () => {
  const missing = [
    ...METHODS.filter((name) => methodMeaning(name) === undefined),
    ...STATUSES.filter((code) => !Object.hasOwn(STATUS_MEANINGS, code)),
    ...FIELDS.filter((name) => fieldMeaning(name) === undefined),
  ];
  assert.deepEqual(missing, []);
  assert.ok(FIELDS.length >= 120);
});

test("every method and status that Node knows has a meaning", () => {
  // Methods of UPnP and of Subversion are not registered; a status of another vendor is none of IANA's.
  const unregistered = new Set(["M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "PURGE", "SOURCE", "509"]);
  const known = [...nodeHttp.METHODS, ...Object.keys(nodeHttp.STATUS_CODES)];
  const missing = known.filter(
    (name) =>
      !unregistered.has(name) &&
      !Object.hasOwn(METHOD_MEANINGS, name) &&
      !Object.hasOwn(STATUS_MEANINGS, name),
  );
  assert.deepEqual(missing, []);
});

test("every field that undici knows has a meaning", () => {
  // Its list is MDN's, in two spellings each.
  const require = createRequire(import.meta.url);
  const { headerNameLowerCasedRecord } = require("undici/lib/core/constants.js");
  const names = Object.keys(headerNameLowerCasedRecord);
  assert.ok(names.length > 90);
  assert.deepEqual(
    names.filter((name) => fieldMeaning(name) === undefined),
    [],
  );
});

test("every rule, state, cause and error of the protocol has a meaning", () => {
  assert.deepEqual(Object.keys(RULE_MEANINGS).sort(), [...RULES].sort());
  const states = new Set([...TURNS, ...JOINT_MOVES].flatMap(([, from, , to]) => [from, to]));
  assert.deepEqual(Object.keys(STATE_MEANINGS).sort(), [...states].sort());
  const causes = new Set([
    ...TURNS.map(([, , why]) => why),
    ...Object.values(CONSEQUENCES).map(({ cause }) => cause),
  ]);
  assert.deepEqual(Object.keys(CAUSE_MEANINGS).sort(), [...causes].sort());
  const codes = Object.keys(PROTOCOL_ERRORS).sort();
  assert.deepEqual(Object.keys(PROTOCOL_ERROR_MEANINGS).sort(), codes);
  assert.deepEqual(Object.keys(PROTOCOL_ERROR_ADVICE).sort(), codes);
});

test("a meaning is one sentence without an end, and says where it is written", () => {
  const tables = [
    RULE_MEANINGS,
    STATE_MEANINGS,
    CAUSE_MEANINGS,
    STRUCTURE_MEANINGS,
    METHOD_MEANINGS,
    STATUS_MEANINGS,
    FIELD_MEANINGS,
  ];
  for (const [name, [sentence, section]] of tables.flatMap((table) => Object.entries(table))) {
    assert.match(sentence, /^[A-Za-z0-9][^\n]{3,110}[^.\s]$/, name);
    assert.match(section, /^(?:RFC \d{3,5}|[A-Z]|draft-|no standard)/, name);
  }
});

test("every field whose value is taken apart has a meaning of its own", () => {
  assert.deepEqual(
    Object.keys(VALUE_READERS).filter((name) => fieldMeaning(name) === undefined),
    [],
  );
});

test("a name that no registry has is unknown, whatever Object has by this name", () => {
  for (const name of ["constructor", "__proto__", "toString", ""]) {
    assert.equal(fieldMeaning(name), undefined);
    assert.equal(methodMeaning(name), undefined);
    assert.equal(tcpErrorMeaning(name), undefined);
  }
  assert.equal(statusMeaning("299")?.[0], "success");
  assert.equal(statusMeaning("999"), undefined);
});

test("a move that a recording makes up has no cause, and is no reason to throw", () => {
  const cause = "__proto__" as "end";
  assert.deepEqual(moveMeaning("client", "must-close", cause)?.[0].includes("why"), false);
  assert.equal(moveMeaning("client", "nowhere" as "idle", "end"), undefined);
});

test("what ends a connection has a sentence that says whose act it was", () => {
  assert.equal(tcpMeaning({ kind: "peer-end" })?.side, "the other end");
  assert.match(tcpMeaning({ kind: "abort" })?.meaning ?? "", /^RST: this end/);
  assert.match(tcpMeaning({ kind: "error", code: "WRITE_FAILED", message: "" })?.meaning ?? "", /EPIPE/);
  assert.equal(tcpMeaning({ kind: "pause" }), undefined);
  for (const name of ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EADDRINUSE", "ENOTFOUND"]) {
    const told = tcpErrorMeaning(name);
    assert.match(told?.meaning ?? "", new RegExp(name === "ECONNRESET" ? "RST" : name));
    assert.match(told?.check ?? "", /\w/);
  }
});
