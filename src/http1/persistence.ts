import type { Version } from "./events.ts";
import type { Fields } from "./fields.ts";
import { listMembers } from "./list.ts";

/** The members of the Connection field, in lower case (RFC 9110 §7.6.1). */
function connectionOptions(fields: Fields): string[] {
  const value = fields.value("connection");
  return value === undefined ? [] : listMembers(value.toLowerCase());
}

/** Whether the connection may persist after this message (RFC 9112 §9.3). */
export function allowsPersistence(version: Version, fields: Fields): boolean {
  if (!fields.controls) return version === "1.1";
  const field = fields.value("connection");
  if (field === undefined) return version === "1.1";
  if (field === "keep-alive") return true; // the usual value
  const options = connectionOptions(fields);
  if (options.includes("close")) return false;
  return version === "1.1" || options.includes("keep-alive");
}

/** Whether a request asks for another protocol (RFC 9110 §7.8): Upgrade, its connection option, and HTTP/1.1. */
export function asksForUpgrade(version: Version, fields: Fields): boolean {
  return (
    version === "1.1" &&
    fields.controls &&
    fields.value("upgrade") !== undefined &&
    connectionOptions(fields).includes("upgrade")
  );
}

/** Whether a request waits for 100 (Continue), RFC 9110 §10.1.1. In HTTP/1.0 the expectation is ignored. */
export function asksForContinue(version: Version, fields: Fields): boolean {
  return version === "1.1" && fields.controls && fields.value("expect")?.toLowerCase() === "100-continue";
}
