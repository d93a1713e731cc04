import { type Fault, type FaultStream, faultOf } from "../tcp/faults/fault.ts";
import { FaultError } from "../tcp/faults/fault-error.ts";
import type { FaultSet } from "../tcp/faults/fault-set.ts";
import { FAULT_KINDS } from "../tcp/faults/kinds.ts";
import { AdminError } from "./admin-errors.ts";
import { type Given, numberOf, objectOf, textOf } from "./admin-json.ts";

/*
 * toxiproxy's toxics are our faults: the same names, attributes and units. Faults that toxiproxy lacks are toxics of
 * further types.
 */

/** The toxics of a proxy, which are the faults of its set. */
export class Toxics {
  readonly faults: FaultSet;

  constructor(faults: FaultSet) {
    this.faults = faults;
  }

  /** As toxiproxy lists them: those towards the server first. */
  list(): Given[] {
    const faults = this.#faults();
    const inStream = (stream: FaultStream) => faults.filter((fault) => fault.stream === stream);
    return [...inStream("upstream"), ...inStream("downstream")].map(shownToxic);
  }

  /** @throws {AdminError} TOXIC_NOT_FOUND */
  get(name: string): Given {
    return shownToxic(this.#fault(name));
  }

  /** Acts on open connections at once. @throws {AdminError} as `toxicOf`; TOXIC_EXISTS, TOO_MANY */
  add(given: unknown): Given {
    const fault = toxicOf(given);
    this.#add(fault);
    return shownToxic(fault);
  }

  /** What is not given stays as it is. @throws {AdminError} TOXIC_NOT_FOUND, BAD_BODY */
  update(name: string, given: unknown): Given {
    const fault = this.#fault(name);
    const object = objectOf(given, "a toxic");
    const changed = checked({
      ...fault,
      toxicity: numberOf(object, "toxicity") ?? fault.toxicity,
      attributes: { ...fault.attributes, ...attributesOf(object) },
    });
    this.faults.replace(changed);
    return shownToxic(changed);
  }

  /** @throws {AdminError} TOXIC_NOT_FOUND */
  remove(name: string): void {
    this.faults.remove(this.#fault(name).name);
  }

  /** These toxics instead of all others. @throws {AdminError} TOXIC_EXISTS, TOO_MANY: nothing has changed then. */
  replaceAll(faults: readonly Fault[]): void {
    checkToxics(faults);
    this.faults.clear();
    for (const fault of faults) this.faults.add(fault);
  }

  #add(fault: Fault): void {
    checkToxics([...this.#faults(), fault]);
    this.faults.add(fault);
  }

  #faults(): Fault[] {
    return this.faults.list().map(({ fault }) => fault);
  }

  #fault(name: string): Fault {
    const fault = this.faults.get(name)?.fault;
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
  return checked({
    type,
    stream,
    name: textOf(object, "name"),
    toxicity: numberOf(object, "toxicity"),
    attributes: attributesOf(object),
  });
}

const STREAMS: ReadonlyMap<string, FaultStream> = new Map([
  ["upstream", "upstream"],
  ["downstream", "downstream"],
]);

/** As Go reads JSON, null is the same as nothing. toxiproxy ignores attributes that a toxic does not have. */
function attributesOf(object: Given): Given {
  const given = Object.hasOwn(object, "attributes") ? (object.attributes ?? {}) : {};
  const entries = Object.entries(objectOf(given, "attributes"));
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

function checked(description: Parameters<typeof faultOf>[0]): Fault {
  try {
    return faultOf(description);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    throw new AdminError("BAD_BODY", error.message, error);
  }
}

function shownToxic({ name, type, stream, toxicity, attributes }: Fault): Given {
  return { attributes, name, type, stream, toxicity };
}
