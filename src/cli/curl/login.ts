import {
  type AuthenticationScheme,
  type Authenticator,
  type ClientResponse,
  createAuthenticator,
  nodeDigestMeans,
} from "../../http.ts";
import { withheld } from "./content.ts";
import { type Credentials, credentialsFor } from "./credentials.ts";
import { octetsOf, unicodeOf } from "./octets.ts";
import type { Asked } from "./request.ts";
import type { Settings } from "./settings.ts";
import { requestTargetOf } from "./url.ts";

/** Proves to the servers of one transfer who asks, as curl does: which scheme, with which credentials, to whom. */
export class Login {
  readonly #settings: Settings;
  readonly #wanted: readonly AuthenticationScheme[];
  #proof: Proof | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#wanted = wantedSchemes(settings);
  }

  /** The request with its Authorization. It may be a probe: without its content, since only a challenge is awaited. */
  dressed(asked: Asked): Asked {
    const proof = this.#proofFor(asked);
    const authorization = proof?.authorization(asked);
    const probe = proof?.awaitsChallenge(asked, authorization) === true;
    const added = { ...asked.added, authorization };
    if (!probe || asked.content === undefined) return { ...asked, added };
    return { ...asked, added, probe, content: withheld(asked.content) };
  }

  /** Whether the request has to be sent again: with an answer to the challenge, or now with its content. */
  wantsMore(asked: Asked, response: ClientResponse): boolean {
    return this.#proof?.wantsMore(asked, response) === true;
  }

  /** A nonce is for one origin and one user, and is gone when a redirect leads elsewhere. */
  #proofFor({ url, elsewhere }: Asked): Proof | undefined {
    const trusted = elsewhere !== "untrusted";
    const token = !trusted ? undefined : this.#settings.value("oauth2-bearer");
    const credentials = credentialsFor(url, trusted, this.#settings);
    if (credentials === undefined && token === undefined) this.#proof = undefined;
    else {
      const key = JSON.stringify([url.scheme, url.host, url.port, credentials, token]);
      if (this.#proof?.key !== key) this.#proof = new Proof(key, this.#wanted, credentials, token);
    }
    return this.#proof;
  }
}

/** Who asks, and what a server has said of that. */
class Proof {
  readonly key: string;
  readonly #credentials: Credentials | undefined;
  readonly #token: string | undefined;
  readonly #authenticator: Authenticator;
  /** Of several schemes, only a challenge picks one. */
  #picked: boolean;
  readonly #usesDigest: boolean;
  #needsNoChallenge = false;

  constructor(
    key: string,
    wanted: readonly AuthenticationScheme[],
    credentials: Credentials | undefined,
    token: string | undefined,
  ) {
    this.key = key;
    this.#credentials = credentials;
    this.#token = token;
    this.#picked = wanted.length === 1;
    this.#usesDigest = this.#picked && wanted[0] === "digest" && credentials !== undefined;
    this.#authenticator = createAuthenticator(
      {
        ...(credentials !== undefined &&
          !isEmpty(credentials) && {
            user: unicodeOf(credentials.user),
            password: unicodeOf(credentials.password),
          }),
        ...(token !== undefined && { token }),
        schemes: wanted,
        retryReusedNonce: false,
      },
      nodeDigestMeans(),
    );
  }

  authorization({ method, url }: Asked): string | undefined {
    if (!this.#picked) return undefined;
    const value = this.#authenticator.authorization(method, requestTargetOf(url));
    // The octets of a URL need not be UTF-8.
    if (value?.startsWith("Basic ") && this.#credentials) return basic(this.#credentials);
    if (value?.startsWith("Bearer ")) return `Bearer ${octetsOf(this.#token ?? "")}`;
    return value;
  }

  awaitsChallenge({ content }: Asked, authorization: string | undefined): boolean {
    return (
      this.#usesDigest && authorization === undefined && content !== undefined && !this.#needsNoChallenge
    );
  }

  wantsMore({ added, probe }: Asked, { status, fields }: ClientResponse): boolean {
    if (status === 401) {
      const again = this.#authenticator.challenged(
        fields.getAll("www-authenticate"),
        added.authorization ?? "",
      );
      this.#picked ||= again;
      return again;
    }
    if (!probe || status >= 300) return false;
    this.#needsNoChallenge = true;
    return true;
  }
}

/** Without name and password, curl has nothing to send, but waits for a challenge that it will not answer. */
const isEmpty = ({ user, password }: Credentials): boolean => user === "" && password === "";

const basic = ({ user, password }: Credentials): string =>
  `Basic ${Buffer.from(`${user}:${password}`, "latin1").toString("base64")}`;

/** The options add up: with two of them, the server picks. None of them is Basic. */
function wantedSchemes(settings: Settings): readonly AuthenticationScheme[] {
  const wanted = new Set<AuthenticationScheme>();
  for (const { name, on } of settings.given) {
    if (name === "anyauth") for (const scheme of ["bearer", "digest", "basic"] as const) wanted.add(scheme);
    else if (name === "oauth2-bearer") wanted.add("bearer");
    else if (name === "basic" || name === "digest") {
      if (on) wanted.add(name);
      else wanted.delete(name);
    }
  }
  return wanted.size === 0 ? ["basic"] : [...wanted];
}
