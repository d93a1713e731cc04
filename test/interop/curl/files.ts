import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CERTIFICATE } from "../../support/certificate.ts";
import { type DetailedCase, shown } from "./case.ts";

const key = createPrivateKey(CERTIFICATE.key);

/** What a line may name without a word more. The server's certificate stands for the client's too. */
const KNOWN: Readonly<Record<string, string | Buffer>> = {
  "ca.pem": CERTIFICATE.cert,
  "me.pem": CERTIFICATE.cert,
  "me.key": CERTIFICATE.key,
  "both.pem": CERTIFICATE.cert + CERTIFICATE.key,
  "me.der": new X509Certificate(CERTIFICATE.cert).raw,
  "key.der": key.export({ type: "pkcs8", format: "der" }),
  "locked.key": key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "open" }),
};

const publicKey = new X509Certificate(CERTIFICATE.cert).publicKey.export({ type: "spki", format: "der" });
/** What `--pinnedpubkey` takes for the server's key. */
export const PIN = `sha256//${createHash("sha256").update(publicKey).digest("base64")}`;

/** The files of both runs of a case have one time: `file://` and `-z` tell it. */
const WRITTEN = new Date();

/** Empties the folder and puts the case's files into it. A name that ends with / is a folder. */
export function prepare(folder: string, given: DetailedCase): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const named = [shown(given), ...Object.values(given.env ?? {})].join(" ");
  const known = Object.entries(KNOWN).filter(([name]) => named.includes(name));
  for (const [name, content] of [...known, ...Object.entries(given.files ?? {})]) {
    const path = join(folder, name);
    mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (name.endsWith("/")) continue;
    writeFileSync(path, typeof content === "string" ? Buffer.from(content, "latin1") : content);
    utimesSync(path, WRITTEN, WRITTEN);
  }
}

/** Name and content of each file in the folder. */
export function filesIn(folder: string, withStat: boolean): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const stat = statSync(join(folder, name));
      const more = withStat ? ` ${(stat.mode & 0o777).toString(8)} ${dayOf(stat.mtime)}` : "";
      if (stat.isDirectory()) return `${name}/${more}`;
      return `${name}${more}: ${readFileSync(join(folder, name), "latin1")}`;
    });
}

/** Files made now have no day worth comparing. */
function dayOf(time: Date): string {
  return Date.now() - time.getTime() < 86_400_000 ? "today" : time.toISOString();
}
