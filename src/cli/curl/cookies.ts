import { readFileSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import {
  type ClientResponse,
  type Cookie,
  type CookieJar,
  type CookiePlace,
  createCookieJar,
  netscapeCookies,
  parseNetscapeCookies,
} from "../../http.ts";
import { fileProblem } from "../exit-codes.ts";
import { say, writeOut } from "../output.ts";
import { octetsOf } from "./octets.ts";
import { ownLines } from "./own-lines.ts";
import type { Asked } from "./request.ts";
import type { Session } from "./session.ts";
import type { Settings } from "./settings.ts";
import { connectHostOf } from "./url.ts";

/** All transfers of a command line that use cookies share them, as in curl. */
const jars = new WeakMap<Session, CookieJar>();

/** The cookies of one transfer: those of -b, and those of a jar if -b names a file or -c is given. */
export class TransferCookies {
  readonly #settings: Settings;
  readonly #session: Session;
  readonly #jar: CookieJar | undefined;
  /** What -b says itself. */
  readonly #given: string;
  /** The cookies of heads that name no domain: curl does not write them. */
  readonly #unnamed = new Set<string>();

  /** @param host the cookies of a head (a file of -D) that name no domain are for this host. */
  constructor(settings: Settings, session: Session, host: string) {
    this.#settings = settings;
    this.#session = session;
    const values = settings.values("cookie");
    const files = values.filter(isFile);
    this.#given = values
      .filter((value) => !isFile(value))
      .map(octetsOf)
      .join("; ");
    if (files.length === 0 && !settings.on("cookie-jar")) return;
    const jar = jars.get(session) ?? createCookieJar();
    jars.set(session, jar);
    this.#jar = jar;
    for (const file of files) jar.add(this.#cookiesOf(file.replace(/^@/, ""), host));
  }

  /** The value of the Cookie field. A line of -H takes the place of what -b says, not of the jar. */
  fieldFor(asked: Asked): string | undefined {
    const fromJar = this.#jar?.fieldFor(this.#placeOf(asked));
    const given =
      asked.elsewhere === "untrusted" || ownLines(this.#settings).names.has("cookie") ? "" : this.#given;
    return [fromJar, given].filter(Boolean).join("; ") || undefined;
  }

  async received(asked: Asked, { fields, informational }: ClientResponse): Promise<void> {
    const heads = [...informational.map((head) => head.fields), fields];
    const values = heads.flatMap((each) => each.getAll("set-cookie"));
    if (values.length > 0) await this.#jar?.received(this.#placeOf(asked), values);
  }

  /** Writes the file of -c. That it fails changes no exit code, as in curl. */
  async save(): Promise<void> {
    const file = this.#settings.value("cookie-jar");
    if (file === undefined || this.#jar === undefined) return;
    const bytes = Buffer.from(
      netscapeCookies(this.#jar.cookies().filter((cookie) => !this.#unnamed.has(textOfCookie(cookie)))),
      "latin1",
    );
    if (file === "-") return writeOut(bytes);
    try {
      writeFileSync(file, bytes);
    } catch (error) {
      if (!this.#session.settings.on("silent"))
        say(`wirepane: the cookies cannot be written to ${file}: ${fileProblem(error)}`);
    }
  }

  #cookiesOf(file: string, host: string): Cookie[] {
    const text = textOf(file);
    const nowSeconds = Math.floor(Date.now() / 1000);
    const unnamed = text.split("\n").flatMap((line) => withoutDomain(line, host, nowSeconds));
    for (const cookie of unnamed) this.#unnamed.add(textOfCookie(cookie));
    const cookies = [...parseNetscapeCookies(text, nowSeconds), ...unnamed];
    if (!this.#settings.on("junk-session-cookies")) return cookies;
    return cookies.filter(({ expiresSeconds }) => expiresSeconds !== undefined);
  }

  /** The name in a Host line of -H is the one that cookies are for. */
  #placeOf({ url, elsewhere }: Asked): CookiePlace {
    const named =
      elsewhere !== undefined ? undefined : ownLines(this.#settings).value("host")?.replace(/:\d*$/, "");
    const host = named?.replace(/^\[(.*)\]$/, "$1") || connectHostOf(url);
    const isThisMachine = ["localhost", "127.0.0.1", "::1"].includes(host.toLowerCase());
    return { host, path: url.path, secure: url.scheme === "https" || isThisMachine };
  }
}

/** A value with "=" is cookies. Without, it is a file; "" is none, and turns the cookies on. */
const isFile = (value: string): boolean => value.startsWith("@") || !value.includes("=");

/**
 * A Set-Cookie of a head that names no domain. curl sends such a cookie to every IP address, and to no name; here it is for
 * the address of the URL alone.
 */
function withoutDomain(line: string, host: string, nowSeconds: number): Cookie[] {
  if (isIP(host) === 0 || !/^set-cookie:/i.test(line) || /;[ \t]*domain[ \t]*=/i.test(line)) return [];
  const named = `${line.replace(/\r$/, "")}; domain=${host}`;
  const path = /;[ \t]*path[ \t]*=/i.test(line) ? {} : { path: "" };
  return parseNetscapeCookies(named, nowSeconds).map((cookie) => ({ ...cookie, ...path, hostOnly: true }));
}

/** A file that is missing holds no cookies, as in curl. "-" is stdin. */
function textOf(file: string): string {
  if (file === "") return "";
  try {
    return readFileSync(file === "-" ? 0 : file, "latin1");
  } catch {
    return "";
  }
}

const textOfCookie = (cookie: Cookie): string => netscapeCookies([cookie]);
