import { readFileSync } from "node:fs";
import { CommandError, fileProblem } from "./exit-codes.ts";

const CA_FILE_UNREADABLE = 77;
const OWN_CERTIFICATE_UNUSABLE = 58;

/** The certificate authorities of --cacert. */
export function authorities(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(
      CA_FILE_UNREADABLE,
      `cannot read the certificates of ${file}: ${fileProblem(error)}`,
    );
  }
  if (!hasCertificate(text)) throw new CommandError(CA_FILE_UNREADABLE, `there is no certificate in ${file}`);
  return [text];
}

/** Whether a text has a certificate in PEM. Node takes a text without one as a list of none. */
export const hasCertificate = (text: string): boolean =>
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/.test(text);

/** The certificate of --cert and its private key, --key. */
export function keyPair(cert: string, key: string): { readonly cert: string; readonly key: string } {
  const read = (file: string, what: string): string => {
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      throw new CommandError(
        OWN_CERTIFICATE_UNUSABLE,
        `cannot read the ${what} of ${file}: ${fileProblem(error)}`,
      );
    }
  };
  return { cert: read(cert, "certificate"), key: read(key, "private key") };
}
