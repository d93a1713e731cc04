import { printable } from "../bytes/text.ts";
import type { Fault, FaultStream } from "../tcp/faults/fault.ts";
import { FaultError } from "../tcp/faults/fault-error.ts";
import { type FaultJson, faultOfJson, faultToJson } from "../tcp/faults/fault-json.ts";
import type { Faults } from "../tcp/faults/faults.ts";
import { FAULT_KINDS } from "../tcp/faults/kinds.ts";
import { AdminError } from "./admin-errors.ts";
import { type Given, numberOf, objectOf, textOf } from "./admin-json.ts";

/*
 * toxiproxy's toxics are our faults: the same names, attributes and units. Faults that toxiproxy lacks are toxics of
 * further types.
 */

/** The toxics of a proxy, which are the faults of its set. */
export class Toxics {
  readonly #set: Faults;

  constructor(set: Faults) {
    this.#set = set;
  }

  /** As toxiproxy lists them: those towards the server first. */
  list(): FaultJson[] {
    const faults = this.#faults();
    const inStream = (stream: FaultStream) => faults.filter((fault) => fault.stream === stream);
    return [...inStream("upstream"), ...inStream("downstream")].map(faultToJson);
  }

  /** @throws {AdminError} TOXIC_NOT_FOUND */
  get(name: string): FaultJson {
    return faultToJson(this.#fault(name));
  }

  /** Acts on open connections at once. @throws {AdminError} as `toxicOf`; TOXIC_EXISTS, TOO_MANY */
  add(given: unknown): FaultJson {
    const fault = toxicOf(given);
    this.#add(fault);
    return faultToJson(fault);
  }

  /** What is not given stays as it is. @throws {AdminError} TOXIC_NOT_FOUND, BAD_BODY */
  update(name: string, given: unknown): FaultJson {
    const fault = this.#fault(name);
    const object = objectOf(given, "a toxic");
    const { attributes, ...rest } = faultToJson(fault);
    const toxicity = numberOf(object, "toxicity") ?? rest.toxicity;
    const changed = checkedFault({
      ...rest,
      toxicity,
      attributes: { ...attributes, ...attributesOf(object) },
    });
    this.#set.replace(changed);
    return faultToJson(changed);
  }

  /** @throws {AdminError} TOXIC_NOT_FOUND */
  remove(name: string): void {
    this.#set.remove(this.#fault(name).name);
  }

  /** These toxics instead of all others: `checkToxics` has seen them. */
  replaceAll(faults: readonly Fault[]): void {
    this.#set.clear();
    for (const fault of faults) this.#set.add(fault);
  }

  #add(fault: Fault): void {
    checkToxics([...this.#faults(), fault]);
    this.#set.add(fault);
  }

  #faults(): Fault[] {
    return this.#set.list().map(({ fault }) => fault);
  }

  #fault(name: string): Fault {
    const fault = this.#set.get(name)?.fault;
    if (fault === undefined) throw new AdminError("TOXIC_NOT_FOUND");
    return fault;
  }
}

/** Each byte passes each toxic. */
const MAX_TOXICS = 100;

/** Whether one proxy can have all of them. @throws {AdminError} TOXIC_EXISTS, TOO_MANY */
export function checkToxics(faults: readonly Fault[]): void {
  if (faults.length > MAX_TOXICS) throw new AdminError("TOO_MANY", `${MAX_TOXICS} toxics for each proxy`);
  if (new Set(faults.map(({ name }) => name)).size < faults.length) throw new AdminError("TOXIC_EXISTS");
}

/**
 * The fault that a toxic's JSON describes. By default it is downstream, its toxicity is 1, and its name `type_stream`.
 *
 * @throws {AdminError} BAD_BODY, INVALID_STREAM, INVALID_TOXIC_TYPE
 */
export function toxicOf(given: unknown): Fault {
  const object = objectOf(given, "a toxic");
  const type = textOf(object, "type") ?? "";
  // toxiproxy overlooks the case of the stream.
  const stream = STREAMS.get((textOf(object, "stream") || "downstream").toLowerCase());
  if (stream === undefined) throw new AdminError("INVALID_STREAM");
  if (!FAULT_KINDS.some((kind) => kind.type === type)) throw new AdminError("INVALID_TOXIC_TYPE");
  return checkedFault({ ...object, stream, attributes: attributesOf(object) });
}

const STREAMS: ReadonlyMap<string, FaultStream> = new Map([
  ["upstream", "upstream"],
  ["downstream", "downstream"],
]);

/** As Go reads JSON: null is the same as nothing. */
function attributesOf(object: Given): Given {
  const given = Object.hasOwn(object, "attributes") ? (object.attributes ?? {}) : {};
  return Object.fromEntries(
    Object.entries(objectOf(given, "attributes")).filter(([, value]) => value !== null),
  );
}

/** @throws {AdminError} BAD_BODY */
function checkedFault(json: Given): Fault {
  try {
    return faultOfJson(json);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    throw new AdminError("BAD_BODY", printable(error.message.slice(0, MAX_MESSAGE_LENGTH)), error);
  }
}

/** The message of an error quotes what was given, whatever its length. */
const MAX_MESSAGE_LENGTH = 300;
