import { joined } from "../../../src/bytes/copy.ts";
import { latin1, latin1Bytes } from "../../../src/bytes/text.ts";
import { Fields } from "../../../src/http1/fields.ts";
import { hold, type Target } from "../target.ts";
import { Reading } from "./reading.ts";

const BEFORE = latin1Bytes("GET / HTTP/1.1\r\nHost: a\r\n");
const BEHIND = latin1Bytes("\r\n\r\n");

/** A field line, valid or not. */
export const fieldLine: Target = {
  name: "field-line",
  weight: 2,
  maxBytes: 256,
  seeds: ["A: b", "A:", "__proto__:\t b \t", "Content-Length: 5", "A: b\r\nA : c", "Connection: close, x"],
  fuzz(data) {
    const { error, messages } = new Reading({ role: "server", closes: false, observed: false }).read(
      joined([BEFORE, data, BEHIND]),
    );
    const text = latin1(data);
    if (error !== undefined || text.includes("\r") || text === "") return;
    const [, , name, value, ...more] = messages[0]?.head.fields.lines ?? [];
    const colon = text.indexOf(":");
    hold(more.length === 0, () => "one line is one field");
    hold(name === text.slice(0, colon), () => `the name is not "${name}"`);
    hold(
      value === text.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, ""),
      () => `the value is not "${value}"`,
    );
    checkLookUp(new Fields([name, value, "x", "y", name.toUpperCase(), "z"]), name, value);
  },
};

function checkLookUp(fields: Fields, name: string, value: string): void {
  const all = name.toLowerCase() === "x" ? [value, "y", "z"] : [value, "z"];
  hold(fields.get(name.toLowerCase()) === all.join(", "), () => "lines of one name are one value");
  hold(fields.getAll(name).join("\n") === all.join("\n"), () => "every line is found");
  hold(!fields.without(name).has(name), () => "none is left without it");
  hold(fields.with("q", value).get("Q")?.endsWith(value) === true, () => "one more is found");
}
