/** The curves: what grows, which programs are measured, and how fast the cost may grow. */

import { cProgram } from "../c-programs.ts";
import type { Settings } from "../row.ts";
import type { CurvePlan, PlanCurve } from "./curve.ts";
import { answering, clientCost, readerCost, serverCost } from "./measure.ts";
import { requestsOf, responsesOf, responseWith } from "./messages.ts";

export const plans: Readonly<Record<string, PlanCurve>> = {
  fields,
  content,
  connections,
  pipelining,
  head: pieces("head", "Heads in pieces"),
  chunked: pieces("chunked", "Chunked contents in pieces"),
};

/** At this size one operation is one kernel call in each direction, as in most programs. */
const USUAL_FIELDS = 6;
const ECHOES = Array.from({ length: 7 }, (_, i) => "echo".repeat(16).slice(i % 4) + "e".repeat(i % 4));

const LOAD = "the load is a C program (epoll) on the other core";
const ANSWERS = "the answers come from a C program (epoll) on the other core";

function fields(settings: Settings): CurvePlan {
  const amounts = settings.quick ? [1, 10, 100] : [1, 3, 10, 30, 100];
  const connections = 50;
  return {
    id: "fields",
    title: "Fields in a head, 1 to 100",
    aim:
      "Twice the fields, at most twice the time. Fitted from 10 fields on: below, the system calls are the cost. " +
      "Every field is read as text. Names and their order repeat from head to head (6 orders), or never do (60 orders).",
    x: { label: "field lines in the head", unit: "count" },
    y: { label: "CPU per message", unit: "µs" },
    load: `50 connections, one message at a time on each; ${LOAD}; ${ANSWERS}`,
    fitFrom: 10,
    maxExponent: 1.1,
    series: [
      {
        name: "server",
        amounts,
        measure: (lines) => serverCost(settings, "http", { connections, messages: requestsOf(lines) }),
      },
      {
        name: "client",
        amounts,
        measure: (lines) =>
          clientCost(settings, "http", { connections, answer: answering(responsesOf(lines)) }),
      },
      {
        name: "reader alone, orders repeat",
        amounts,
        measure: (lines) => readerCost(settings, "fields", lines, 0) / 1000,
      },
      {
        name: "reader alone, orders vary",
        amounts,
        measure: (lines) => readerCost(settings, "strange fields", lines, 0) / 1000,
      },
    ],
  };
}

const KIB = 1024;
const MIB = KIB * KIB;
/** Downloads up to this size share a connection. A larger one has its own, whose cost is small beside the content. */
const PERSISTENT = 256 * KIB;

function content(settings: Settings): CurvePlan {
  const amounts = [0, KIB, 16 * KIB, 256 * KIB, 4 * MIB, 64 * MIB, ...(settings.quick ? [] : [KIB * MIB])];
  const download = (kind: string) => (bytes: number) => {
    const answer = bytes <= PERSISTENT ? answering([responseWith(bytes)]) : [cProgram("content-server")];
    return clientCost(settings, kind, { answer, path: `/length/${bytes}` });
  };
  return {
    id: "content",
    title: "Content of a download, 0 B to 1 GiB",
    aim: "Ten times the content, at most ten times the time, whatever its size. Fitted from 1 MiB on: below, the request is the cost.",
    x: { label: "content", unit: "bytes" },
    y: { label: "CPU per download", unit: "µs" },
    load: `1 download at a time, the content read chunk by chunk; ${ANSWERS}`,
    fitFrom: MIB,
    maxExponent: 1.1,
    series: [
      { name: "HttpClient", amounts, measure: download("http download") },
      { name: "undici request", reference: true, amounts, measure: download("undici download") },
    ],
  };
}

function connections(settings: Settings): CurvePlan {
  const amounts = settings.quick ? [1, 100, 1000] : [1, 10, 100, 1000, 10_000];
  const server = (kind: string, messages: readonly string[]) => (count: number) =>
    serverCost(settings, kind, { connections: count, messages });
  const client = (kind: string, answer: () => readonly string[]) => (count: number) =>
    clientCost(settings, kind, { connections: count, answer: answer() });
  const requests = requestsOf(USUAL_FIELDS);
  const answers = () => answering(responsesOf(USUAL_FIELDS));
  const echoing = () => [cProgram("echo-server")];
  return {
    id: "connections",
    title: "Connections, 1 to 10,000",
    aim:
      "Ten times the connections, about the same for each operation: 0 is constant. Fitted from 100 on: with fewer, " +
      "every operation wakes the process by itself.",
    x: { label: "connections, one operation at a time on each", unit: "count" },
    y: { label: "CPU per operation", unit: "µs" },
    load: `64 bytes of echo, or a request of 6 fields; ${LOAD}; ${ANSWERS}`,
    fitFrom: 100,
    maxExponent: 0.1,
    series: [
      { name: "HTTP server", amounts, measure: server("http", requests) },
      { name: "HTTP client", amounts, measure: client("http", answers) },
      { name: "echo server", amounts, measure: server("echo", ECHOES) },
      { name: "echo client", amounts, measure: client("echo", echoing) },
      { name: "node:http server", reference: true, amounts, measure: server("node:http", requests) },
      { name: "undici client", reference: true, amounts, measure: client("undici", answers) },
      { name: "net echo server", reference: true, amounts, measure: server("net echo", ECHOES) },
      { name: "net echo client", reference: true, amounts, measure: client("net echo", echoing) },
    ],
  };
}

function pipelining(settings: Settings): CurvePlan {
  const amounts = settings.quick ? [1, 8, 64] : [1, 2, 4, 16, 64];
  const connections = 8;
  const requests = requestsOf(USUAL_FIELDS);
  const server = (kind: string) => (pipelined: number) =>
    serverCost(settings, kind, { connections, pipelined, messages: requests });
  const client = (kind: string) => (pipelined: number) =>
    clientCost(settings, kind, { connections, pipelined, answer: answering(responsesOf(USUAL_FIELDS)) });
  return {
    id: "pipelining",
    title: "Pipelined requests, 1 to 64",
    aim: "The more requests on the way at once, the less each costs: what leaves together is one write. Below 0 it falls.",
    x: { label: "requests on the way on each of 8 connections", unit: "count" },
    y: { label: "CPU per request", unit: "µs" },
    load: `requests and answers of 6 fields; ${LOAD}; ${ANSWERS}`,
    fitFrom: 1,
    maxExponent: 0,
    series: [
      { name: "server", amounts, measure: server("http") },
      { name: "client", amounts, measure: client("http") },
      { name: "node:http server", reference: true, amounts, measure: server("node:http") },
      { name: "undici client", reference: true, amounts, measure: client("undici") },
    ],
  };
}

const CALLS = "a content of known length, octet by octet";

/** The cost for each octet of a message of growing size, with all octets at once and octet by octet. */
function pieces(kind: "head" | "chunked", title: string): PlanCurve {
  return (settings) => {
    const sizes = kind === "head" ? [128, 512, 2048, 8192] : [512, 4096, 32_768, 262_144];
    const amounts = settings.quick ? sizes.slice(0, 3) : sizes;
    const perOctet = (of: string, piece: number) => (octets: number) =>
      readerCost(settings, of, octets, piece) / octets;
    return {
      id: kind,
      title,
      aim:
        "Twice the octets, at most twice the time, also where each comes by itself: the cost per octet is constant. " +
        "An octet by itself costs two calls, whatever it is; what they cost alone shows where a content of known " +
        "length comes octet by octet, which nobody looks at.",
      x: { label: "octets of the message", unit: "bytes" },
      y: { label: "CPU per octet", unit: "ns" },
      load: "the reader alone, in one process",
      fitFrom: 512,
      maxExponent: 0.1,
      comparison: { of: "octet by octet", less: CALLS, to: "at once", atMost: 3 },
      series: [
        { name: "at once", amounts, measure: perOctet(kind, 0) },
        { name: "octet by octet", amounts, measure: perOctet(kind, 1) },
        {
          name: CALLS,
          reference: true,
          amounts,
          measure: perOctet("content", 1),
        },
      ],
    };
  };
}
