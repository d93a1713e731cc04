import { latin1 } from "../../../src/bytes/text.ts";
import { redirectedRequest } from "../../../src/http/client/redirect.ts";
import { Fields } from "../../../src/http1/fields.ts";
import { TransportError } from "../../../src/tcp/errors.ts";
import { hold, type Target } from "../target.ts";

const FROM = "https://me:pw@a.example/b/c?d";
const SECRETS = { Authorization: "Bearer t", Cookie: "s=1", "X-Api-Key": "k", Accept: "*/*" };

/** The first octet chooses the status; then follows the value of Location. */
export const redirect: Target = {
  name: "redirect",
  weight: 0.5,
  maxBytes: 256,
  seeds: [
    "\0/x",
    "\x01../../y?z#w",
    "\x02https://b.example/",
    "\x03http://a.example/",
    "\x04//c.example:8443/x",
    "\0https://me:pw@a.example/",
    "\0https://a.example:443/x",
    "\0javascript:alert(1)",
    "\0\\\\b.example\\x",
  ],
  fuzz(data) {
    const [kind = 0] = data;
    const status = [301, 302, 303, 307, 308][kind % 5] as number;
    const method = (kind & 8) === 0 ? "GET" : "POST";
    const location = latin1(data, Math.min(1, data.length));
    const fields = new Fields(["Location", location]);
    const from = { url: FROM, method, fields: SECRETS, ...(method === "POST" && { body: "content" }) };
    try {
      const next = redirectedRequest(from, { status, fields });
      const isEmpty = /^[ \t]*$/.test(location);
      hold(
        (next === undefined) === isEmpty,
        () => "a redirect leads somewhere, unless its Location is empty",
      );
      if (next === undefined) return;
      check(new URL(next.url), next.method ?? "GET", Fields.from(next.fields), next.body !== undefined);
    } catch (error) {
      if (!(error instanceof TransportError && error.code === "REDIRECT_REFUSED")) throw error;
    }
  },
};

function check(to: URL, method: string, fields: Fields, hasBody: boolean): void {
  hold(to.protocol === "https:", () => `it stays with TLS, not ${to.protocol}`);
  hold(!hasBody || method === "POST", () => "content stays with its method");
  if (to.origin === new URL(FROM).origin) return;
  hold(to.username === "" && to.password === "", () => "credentials stay with their origin");
  hold(!hasBody, () => "content stays with its origin");
  hold(
    [...fields].every(([name]) => name === "Accept"),
    () => `secrets stay with their origin: ${fields.lines}`,
  );
}
