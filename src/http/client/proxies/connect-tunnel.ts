import { copyOf, joined } from "../../../bytes/copy.ts";
import { quote } from "../../../bytes/text.ts";
import { Http1Connection } from "../../../http1/connection.ts";
import { ProtocolError } from "../../../http1/errors.ts";
import {
  type InformationalHead,
  NEED_DATA,
  type NextEvent,
  PAUSED,
  type ResponseHead,
  type Version,
} from "../../../http1/events.ts";
import { Fields } from "../../../http1/fields.ts";
import type { Http1Leniency } from "../../../http1/leniency.ts";
import { hostAndPort } from "../../../tcp/address.ts";
import { TransportError } from "../../../tcp/errors.ts";
import type { Handshake, HandshakeStep, HopAnswer, HopTarget } from "../../../tcp/hops/hop.ts";
import { basicCredentials } from "../authentication/basic.ts";
import { NOTHING } from "./octets.ts";

/** Answers the challenges of a proxy (RFC 9110 §11.7): Digest, for instance. It remembers what it was asked. */
export interface ProxyAuthenticator {
  /** The value of Proxy-Authorization for the next request; `undefined`: none. */
  authorization(method: string, target: string): string | undefined;
  /**
   * Takes the values of Proxy-Authenticate. `false`: there is no better answer, so the 407 stands.
   *
   * @param sent the value of Proxy-Authorization that was refused, if there was one.
   */
  challenged(fieldValues: readonly string[], sent?: string): boolean;
}

/** What a CONNECT request says, beside its target. */
export interface TunnelSettings {
  /**
   * The field lines behind Host and Proxy-Authorization, as a list `[name, value, name, value, …]`. A Host or a
   * Proxy-Authorization among them replaces ours. None by default.
   */
  readonly fieldLines?: readonly string[];
  /** The HTTP version to send, "1.1" by default. */
  readonly version?: Version;
  /** The user for the Basic scheme, sent at once. None by default, and none beside an `authenticator`. */
  readonly user?: string;
  /** The password for the Basic scheme, empty by default. */
  readonly password?: string;
  /** Answers 407. None by default. */
  readonly authenticator?: ProxyAuthenticator;
  /** Which rules an answer may break: none by default. */
  readonly leniency?: Http1Leniency;
}

/** What an HTTP proxy may answer: the limits of a head (C-13), and how much of a refusal is read. */
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_CONTENT_BYTES = 64 * 1024;
/** How many times one connection asks: Digest needs two, a stale nonce one more. */
const MAX_ROUNDS = 4;

/** The handshake with an HTTP proxy: CONNECT, and a 2xx that has no content (RFC 9110 §9.3.6). */
export function connectTunnel(
  target: HopTarget,
  settings: TunnelSettings = {},
  onAnswer: (answer: HopAnswer) => void = () => {},
): Handshake {
  return new ConnectTunnel(hostAndPort(target.host, target.port), settings, onAnswer);
}

class ConnectTunnel implements Handshake {
  readonly #authority: string;
  readonly #settings: TunnelSettings;
  readonly #onAnswer: (answer: HopAnswer) => void;
  readonly #http1: Http1Connection;
  #rounds = 0;
  /** The credentials of the last request. */
  #sent: string | undefined;
  /** The bytes of the answer so far, up to the end of its head. */
  #head: Uint8Array = NOTHING;
  #contentBytes = 0;
  /** The answer is 407, and we know what to say: behind its content. */
  #asksAgain = false;

  constructor(authority: string, settings: TunnelSettings, onAnswer: (answer: HopAnswer) => void) {
    this.#authority = authority;
    this.#settings = settings;
    this.#onAnswer = onAnswer;
    this.#http1 = new Http1Connection({
      role: "client",
      limits: { maxHeadBytes: MAX_HEAD_BYTES },
      ...(settings.leniency && { leniency: settings.leniency }),
    });
  }

  start(): HandshakeStep {
    this.#rounds++;
    const { version = "1.1" } = this.#settings;
    const fields = new Fields(this.#fieldLines());
    const head = { type: "request", method: "CONNECT", target: this.#authority, version, fields } as const;
    return {
      send: joined([this.#http1.send(head), this.#http1.send({ type: "end", trailers: new Fields() })]),
    };
  }

  #fieldLines(): readonly string[] {
    const { fieldLines = [], user, password = "", authenticator } = this.#settings;
    const given = new Fields(fieldLines);
    const lines: string[] = [];
    if (!given.has("host")) lines.push("Host", this.#authority);
    const authorization =
      authenticator?.authorization("CONNECT", this.#authority) ??
      (user === undefined || authenticator ? undefined : basicCredentials(user, password));
    this.#sent = authorization;
    if (authorization !== undefined && !given.has("proxy-authorization")) {
      lines.push("Proxy-Authorization", authorization);
    }
    return [...lines, ...fieldLines];
  }

  receive(bytes: Uint8Array): HandshakeStep {
    // Of a content nobody wants the octets.
    this.#head = this.#asksAgain ? NOTHING : joined([this.#head, bytes]);
    this.#http1.receive(copyOf(bytes));
    return this.#read();
  }

  end(): HandshakeStep {
    if (this.#asksAgain) return { redial: true };
    if (this.#head.length === 0) throw broken("the proxy closed the connection without an answer to CONNECT");
    this.#http1.receiveEnd();
    return this.#read();
  }

  #read(): HandshakeStep {
    for (;;) {
      const event = this.#nextEvent();
      if (event === NEED_DATA) return {};
      if (event === PAUSED) return { done: true, leftover: this.#http1.takeLeftover() };
      switch (event.type) {
        case "informational":
          this.#tell(event);
          break;
        case "response":
          this.#tell(event);
          this.#judge(event);
          if (this.#asksAgain && !(this.#http1.persistent && persists(event))) return { redial: true };
          break;
        case "data":
          this.#contentBytes += event.bytes.length;
          if (this.#contentBytes > MAX_CONTENT_BYTES) return { redial: true };
          break;
        case "end":
          this.#http1.startNextCycle();
          this.#asksAgain = false;
          this.#head = NOTHING;
          return this.start();
        case "closed":
        case "request":
          throw broken("the proxy closed the connection without an answer to CONNECT");
        default:
          event satisfies never;
      }
    }
  }

  #nextEvent(): NextEvent {
    try {
      return this.#http1.nextEvent();
    } catch (cause) {
      if (!(cause instanceof ProtocolError) || cause.blame === "local") throw cause;
      const message =
        cause.code === "INCOMPLETE_HEAD"
          ? "the proxy closed the connection within its answer to CONNECT"
          : `the proxy's answer to CONNECT is wrong: ${cause.message}`;
      throw new TransportError("TUNNEL_BROKEN", "proxy", message, {
        ...(cause.code !== "INCOMPLETE_HEAD" && { cause }),
      });
    }
  }

  /** The octets of a head are those that the core has taken since the last head. */
  #tell({ status }: InformationalHead | ResponseHead): void {
    const end = this.#head.length - this.#http1.bufferedBytes;
    this.#onAnswer({ status, head: this.#head.subarray(0, end) });
    this.#head = this.#head.subarray(end);
  }

  /** @throws {TransportError} TUNNEL_REFUSED */
  #judge({ status, reason, fields }: ResponseHead): void {
    if (status >= 200 && status < 300) return;
    const { authenticator, user } = this.#settings;
    const mayAsk = status === 407 && this.#rounds < MAX_ROUNDS && authenticator !== undefined;
    if (mayAsk && authenticator.challenged(fields.getAll("proxy-authenticate"), this.#sent)) {
      this.#asksAgain = true;
      return;
    }
    const words = reason === "" ? "" : ` ${quote(reason)}`;
    const hint = user === undefined ? " (it wants a user and a password)" : " (it refuses user or password)";
    const message = `the proxy refuses CONNECT: ${status}${words}${status === 407 ? hint : ""}`;
    throw new TransportError("TUNNEL_REFUSED", "proxy", message);
  }
}

/** Proxies older than RFC 7230 say by `Proxy-Connection: close` that they close. */
const persists = ({ fields }: ResponseHead): boolean =>
  !/(?:^|[\s,])close(?:$|[\s,])/i.test(fields.getAll("proxy-connection").join());

const broken = (message: string): TransportError => new TransportError("TUNNEL_BROKEN", "proxy", message);
