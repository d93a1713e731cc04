import { quote } from "../bytes/text.ts";
import { AdminError } from "./admin-errors.ts";

/** Where to listen. Port 0: any free port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = "127.0.0.1";
const MAX_PORT = 65_535;

/**
 * The address of `[HOST]:PORT`. Nothing at all is any free port, as in toxiproxy.
 *
 * Without a host the proxy listens on 127.0.0.1. toxiproxy listens on every address of the machine then, which would open
 * the upstream to everybody; whoever wants that says `0.0.0.0:PORT`.
 *
 * @throws {AdminError} CANNOT_LISTEN, as toxiproxy answers.
 */
export function parseListen(text: string): Endpoint {
  if (text === "") return { host: LOOPBACK, port: 0 };
  const [, inBrackets, plain, digits] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits ?? Number.NaN);
  if (!(port <= MAX_PORT))
    throw new AdminError("CANNOT_LISTEN", `${quote(text)} is not HOST:PORT, as 127.0.0.1:20000`);
  const host = inBrackets ?? plain ?? "";
  return { host: host === "" || host === "localhost" ? LOOPBACK : host, port };
}
