import { utf8 } from "../../../src/bytes/text.ts";
import {
  parseRequestUrl,
  type RequestUrl,
  withoutCredentials,
} from "../../../src/http/client/request-url.ts";
import { Http1Connection } from "../../../src/http1/connection.ts";
import { ProtocolError } from "../../../src/http1/errors.ts";
import { Fields } from "../../../src/http1/fields.ts";
import { TransportError } from "../../../src/tcp/errors.ts";
import { hold, type Target } from "../target.ts";

/** The URL of a request. */
export const url: Target = {
  name: "url",
  weight: 0.7,
  maxBytes: 256,
  seeds: [
    "http://a/",
    "https://user:p%40ss@a.example:8443/b/../c?d=e#f",
    "http://[::1]:80",
    "http://0x7f.1/",
    "http:a",
    "HTTP://É.example/ü?ß",
    "file:///etc/passwd",
  ],
  fuzz(data) {
    const text = utf8(data);
    checkShown(withoutCredentials(text));
    let read: RequestUrl;
    try {
      read = parseRequestUrl(text);
    } catch (error) {
      if (error instanceof TransportError && error.code === "URL_INVALID") return;
      throw error;
    }
    const { href, origin, authority, target, port, secure } = read;
    hold(parseRequestUrl(href).href === href, () => `${href} is read as it stands`);
    hold(href.startsWith(`${origin}/`) && new URL(href).origin === origin, () => `${href} is of ${origin}`);
    hold(!/^[^/]*\/\/[^/?#]*@/.test(href), () => "credentials do not stay in it");
    hold(port >= 0 && port <= 65_535 && secure === origin.startsWith("https:"), () => `port ${port}`);
    checkSent(target, authority);
  },
};

function checkShown(shown: string): void {
  const { username, password } = URL.canParse(shown) ? new URL(shown) : { username: "", password: "" };
  hold(password === "" && /^(\*\*\*)?$/.test(username), () => `credentials are not shown: ${shown}`);
  hold(URL.canParse(shown) || shown.lastIndexOf("@") <= 3, () => `credentials are not shown: ${shown}`);
}

/** `send` accepts the target, or refuses its host: browsers accept hosts that RFC 3986 does not allow. */
function checkSent(target: string, authority: string): void {
  const fields = new Fields(["Host", authority]);
  try {
    new Http1Connection({ role: "client" }).send({
      type: "request",
      method: "GET",
      target,
      version: "1.1",
      fields,
    });
  } catch (error) {
    hold(error instanceof ProtocolError && error.code === "INVALID_HOST", () => String(error));
  }
}
