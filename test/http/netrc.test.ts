import assert from "node:assert/strict";
import { test } from "node:test";
import { NetrcError, netrcCredentials, parseNetrc } from "../../src/http/client/authentication/netrc.ts";

const M = "machine h ";

// Each row is what curl 8.23 sends for the host: "user:password", or nothing.
const AS_CURL: [text: string, sent: string | undefined][] = [
  ["", undefined],
  [`${M}login a password b`, "a:b"],
  ["machine h\n\tlogin a\r\n\tpassword b", "a:b"],
  ["machine\nh\nlogin\na\n\n\npassword\nb", "a:b"],
  ["MACHINE H LOGIN a PASSWORD b", "a:b"],
  [`machine x login a password b\n${M}login c password d`, "c:d"],
  [`default login a password b\n${M}login c password d`, "a:b"],
  [`${M}login c password d\ndefault login a password b`, "c:d"],
  ["machine hh login a password b machine h.x login c password d", undefined],
  ["machine h:80 login a password b", undefined],
  ["login a password b", undefined],
  [`${M}login a password b login c password d`, "c:d"],
  [`${M}login a password b\n${M}login c password d`, "a:b"],
  [`${M}\n${M}login c password d`, "c:d"],
  [`${M}login a`, "a:"],
  [`${M}password b`, ":b"],
  [M, undefined],
  [`${M}login a password "b c"`, "a:b c"],
  [`${M}"login" a password b`, ":b"],
  [`${M}login "" password b`, ":b"],
  [`machine "h" login a password "b\\"\\n\\t\\r\\x\\\\c"`, 'a:b"\n\t\rx\\c'],
  [`${M}login a password "a\nb"`, "a:a\nb"],
  [`${M}login a password b"c"`, 'a:b"c"'],
  [`${M}login a password "b"login c`, "c:b"],
  [`${M}login a password b\\ c`, "a:b\\"],
  [`${M}login a password b#c`, "a:b#c"],
  [`${M}login a password #b`, "a:#b"],
  [`${M}login a password b # login c`, "c:b"],
  [` # ${M}login a password b\n${M}login c password d`, "c:d"],
  [`${M}account z login a password b`, "a:b"],
  [`${M}account password login a password b`, "a:b"],
  [`${M}foo login a port 80 password b`, "a:b"],
  [`${M}macdef m\nlogin a password b\n\nlogin c password d`, undefined],
  [`macdef m\n${M}login a password b\n\n${M}login c password d`, "c:d"],
  [`macdef m\n${M}login a password b\n${M}login c password d`, undefined],
  [`macdef m\nfoo\n \n${M}login c password d`, "c:d"],
  [`${M}login macdef password machine`, "macdef:machine"],
  [`${M}login a password b\nmachine`, "a:b"],
  [`${M}login a password`, "a:"],
  [`${M}login a password b\0c`, "a:b"],
  [`${M}login \xe9 password \xff`, "\xe9:\xff"],
];

for (const [text, sent] of AS_CURL) {
  test(`.netrc: ${JSON.stringify(text)}`, () => {
    const found = netrcCredentials(parseNetrc(text), "h");
    assert.equal(found && `${found.user}:${found.password}`, sent);
  });
}

test(".netrc: a user chooses among the entries of the host", () => {
  const entries = parseNetrc(
    `${M}login a password b\n${M}login c password d\nmachine z login c password q\n${M}login c password e\ndefault login h password i`,
  );
  const passwords = ["a", "c", "h", "x"].map((user) => netrcCredentials(entries, "H", user)?.password);
  assert.deepEqual(passwords, ["b", "d", "i", undefined]);
  assert.deepEqual(netrcCredentials(parseNetrc(`${M}password b`), "h", "u"), { user: "u", password: "b" });
});

for (const text of [
  `${M}login a password "secret`,
  `${M}login a password "secret\\`,
  `${M}login ${"secret".repeat(1000)}`,
  `#${"secret".repeat(4000)}\n`,
]) {
  test(`.netrc: refused, and the error says nothing of the file: ${text.slice(0, 30)}`, () => {
    assert.throws(
      () => parseNetrc(text),
      (error) => error instanceof NetrcError && !error.message.includes("secret"),
    );
  });
}

test(".netrc: a macro of a megabyte is skipped in no time that grows with its square", () => {
  const text = `macdef m\n${"x ".repeat(8000)}${"\n x".repeat(300_000)}\n\n${M}login a`;
  assert.equal(parseNetrc(text).length, 1);
});
