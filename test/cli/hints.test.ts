import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { echo, type Listener, listen } from "../../src/tcp.ts";
import { CERTIFICATE } from "../support/certificate.ts";
import { runCli } from "../support/cli.ts";

const portOf = ({ address }: Listener): string => String((address as { port: number }).port);

/** The last line on stderr, and the exit code. */
async function lastWords(...args: string[]): Promise<string> {
  const { code, stderr } = await runCli(args);
  const line = stderr.trimEnd().split("\n").at(-1) ?? "";
  assert.ok(line.startsWith(`wirepane: (${code}) `), stderr);
  return line;
}

test("a refusal by this machine names the doctor of its port, however the address is written", async () => {
  const listener = await listen({ handler: echo });
  const port = portOf(listener);
  await listener.close();
  const hint = new RegExp(` \\(wirepane doctor ${port}\\)$`);
  assert.match(await lastWords("connect", "127.0.0.1", port), hint);
  assert.match(await lastWords("connect", "::ffff:127.0.0.1", port), hint);
  assert.match(await lastWords("http", `http://127.0.0.1:${port}/`), hint);
});

test("a port that is taken names its doctor, whoever wants it", async () => {
  await using listener = await listen({ handler: echo });
  const port = portOf(listener);
  const hint = new RegExp(` \\(wirepane doctor ${port}\\)$`);
  for (const args of [
    ["listen", port, "--echo"],
    ["serve", "-p", port],
    ["proxy", port, "127.0.0.1:1"],
  ])
    assert.match(await lastWords(...args), hint);
});

test("http --local-port says which port is in use, and ends with curl's exit code 45", async () => {
  await using listener = await listen({ handler: echo });
  const port = portOf(listener);
  assert.match(
    await lastWords("http", "--local-port", port, `http://127.0.0.1:${port}/`),
    new RegExp(
      `^wirepane: \\(45\\) connect .*: the local port ${port} is in use \\(wirepane doctor ${port}\\)$`,
    ),
  );
});

test("host and port in one word are told apart", async () => {
  assert.match(await lastWords("connect", "localhost:80"), /did you mean "wirepane connect localhost 80"\?/);
  assert.match(await lastWords("connect", "[::1]:80"), /did you mean "wirepane connect ::1 80"\?/);
  assert.match(await lastWords("listen", "127.0.0.1:80"), /did you mean "wirepane listen 127\.0\.0\.1 80"\?/);
});

test("connect names the option of a wrong local address", async () => {
  assert.match(
    await lastWords("connect", "-s", "nosuch", "127.0.0.1", "1"),
    /^wirepane: \(2\) --source wants an IP address of this machine, not "nosuch" \(wirepane help connect\)$/,
  );
});

test("proxy names the option of a wrong network, and what is wrong with a file of certificates", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "wirepane-hints-")), "empty.pem");
  writeFileSync(file, "");
  const proxy = (...args: string[]) => lastWords("proxy", "0", "127.0.0.1:1", ...args);
  try {
    for (const network of ["x", "10.0.0.0/", "10.0.0.0/33"])
      assert.equal(
        await proxy("--allow", network),
        `wirepane: (2) --allow wants an address or a network, like 10.0.0.0/8, not "${network}" (wirepane help proxy)`,
      );
    assert.match(await proxy("--cacert", file), /^wirepane: \(77\) there is no certificate in .*empty\.pem$/);
    assert.match(
      await proxy("--cert", file, "--key", file),
      /^wirepane: \(35\) the certificate or its key .*: it is empty$/,
    );
  } finally {
    rmSync(dirname(file), { recursive: true });
  }
});

test("a program that may not be run is told in words", async () => {
  assert.equal(
    await lastWords("watch", "--", tmpdir()),
    `wirepane: (126) cannot run ${tmpdir()}: permission denied`,
  );
});

test("a certificate that cannot be verified names the options that help", async () => {
  await using listener = await listen({ handler: echo, tls: CERTIFICATE });
  const port = portOf(listener);
  const hint = / \(--cacert FILE trusts its issuer; --insecure verifies nothing\)$/;
  assert.match(await lastWords("http", `https://127.0.0.1:${port}/`), hint);
  assert.match(await lastWords("connect", "--tls", "127.0.0.1", port), hint);
  assert.match(
    await lastWords("http", "-x", `https://127.0.0.1:${port}/`, "http://a.test/"),
    /of the proxy: .* \(--proxy-cacert FILE trusts its issuer; --proxy-insecure verifies nothing\)$/,
  );
});

test("an issuer is no help where the certificate is for another name", async () => {
  await using listener = await listen({ handler: echo, tls: CERTIFICATE });
  const folder = mkdtempSync(join(tmpdir(), "wirepane-hints-"));
  try {
    const file = join(folder, "ca.pem");
    writeFileSync(file, CERTIFICATE.cert);
    const port = portOf(listener);
    const resolve = ["--resolve", `a.test:${port}:127.0.0.1`];
    assert.match(
      await lastWords("http", "--cacert", file, ...resolve, `https://a.test:${port}/`),
      /\(ERR_TLS_CERT_ALTNAME_INVALID\) \(--insecure verifies nothing\)$/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
