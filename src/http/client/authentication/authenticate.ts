import { utf8Bytes } from "../../../bytes/text.ts";
import { Fields } from "../../../http1/fields.ts";
import { ownOptions } from "../../../tcp/own-options.ts";
import { parsedUrl } from "../../parsed-url.ts";
import type { ClientResponse, RequestInput } from "../messages.ts";
import { comesOnce, type RequestContent } from "../request-content.ts";
import type { Send, Step } from "../step.ts";
import type { Authenticator, Credentials } from "./authenticator.ts";

/** Credentials, and the server that they are for. */
export interface AuthenticateOptions extends Credentials {
  /** The only origin that gets the credentials, such as "https://example.org". A path behind it is left out. */
  readonly origin: string | URL;
}

/**
 * A step that proves to one origin who asks: Basic, Digest and Bearer (RFC 9110 §11).
 *
 * A request to another origin goes through as it is, and so does a request that has credentials already: in its URL,
 * or in an Authorization field. Behind a step that follows redirects, the credentials therefore never leave their
 * origin. After a challenge the request is sent again. A content that is a stream comes only once, so its request is
 * not sent again: the response is the 401, and the next request has what the challenge asks for. The qop "auth-int"
 * is a hash of the content, so it needs a content in memory: with any other, the response is the 401.
 *
 *     const send = withSteps((input) => client.request(input), authenticate({ origin, user, password }));
 *
 * @throws {TypeError} if `origin` is no URL.
 */
export function authenticate(given: AuthenticateOptions): Step {
  const { origin: trusted, ...credentials } = ownOptions(given);
  const { origin } = new URL(trusted);
  let made: Promise<Authenticator> | undefined;
  return async (input, next) => {
    if (!isFor(origin, input)) return next(input);
    made ??= loadAuthenticator(credentials);
    return sendAuthenticated(input, next, await made);
  };
}

/** Loaded with the first request that needs it. */
async function loadAuthenticator(credentials: Credentials): Promise<Authenticator> {
  const [{ createAuthenticator }, { nodeDigestMeans }] = await Promise.all([
    import("./authenticator.ts"),
    import("./digest-means.ts"),
  ]);
  return createAuthenticator(credentials, nodeDigestMeans());
}

function isFor(origin: string, input: RequestInput): boolean {
  // A wrong URL is told by the client, in its own words.
  const url = parsedUrl(String(input.url));
  if (url === undefined) return false;
  const hasOwn = url.username !== "" || url.password !== "" || Fields.from(input.fields).has("authorization");
  return url.origin === origin && !hasOwn;
}

/** Without credentials, with a stale nonce, with a good one; and again if other requests change the nonce meanwhile. */
const MAX_ATTEMPTS = 5;

async function sendAuthenticated(
  input: RequestInput,
  next: Send,
  authenticator: Authenticator,
): Promise<ClientResponse> {
  const { method = "GET", body } = input;
  const url = new URL(input.url);
  const target = input.target ?? `${url.pathname}${url.search}`;
  const fields = Fields.from(input.fields);
  const content = contentInMemory(body);
  for (let attempt = 1; ; attempt++) {
    const value = authenticator.authorization(method, target, content);
    const response = await next(
      value === undefined ? input : ownOptions(input, { fields: fields.with("Authorization", value) }),
    );
    authenticator.informed(response.fields.getAll("authentication-info"));
    if (response.status !== 401) return response;
    const challenges = response.fields.getAll("www-authenticate");
    const again = authenticator.challenged(challenges, value ?? "");
    if (!again || comesOnce(body) || attempt === MAX_ATTEMPTS) return response;
    response.discard();
  }
}

function contentInMemory(body: RequestContent | undefined): Uint8Array | undefined {
  if (typeof body === "string") return utf8Bytes(body);
  return body instanceof Uint8Array ? body : undefined;
}
