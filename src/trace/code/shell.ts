import { latin1Bytes, printable, utf8 } from "../../bytes/text.ts";

/** For the printf of any shell (POSIX): octal, since not every printf knows \x. */
function printfText(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) {
    const character = String.fromCharCode(octet);
    if (octet === 0x0d) text += "\\r";
    else if (octet === 0x0a) text += "\\n";
    else if (character === "-" && text === "")
      text += "\\055"; // an option of printf
    else if (/[A-Za-z0-9 .,:;/?=&_*+@#!()<>{}[\]"-]/.test(character)) text += character;
    else text += `\\${octet.toString(8).padStart(3, "0")}`;
  }
  return text;
}

/** A command that prints the bytes. */
export const printfCommand = (bytes: Uint8Array): string => `printf '${printfText(bytes)}'`;

/**
 * A word for a POSIX shell, from text in which each character stands for one octet. Nothing in single quotes has a special
 * meaning; what a terminal must not get comes from printf.
 */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_./:=@%+-]+$/.test(text)) return text;
  const shown = shownText(latin1Bytes(text));
  return shown === undefined
    ? `"$(${printfCommand(latin1Bytes(text))})"`
    : `'${shown.replaceAll("'", "'\\''")}'`;
}

/** The bytes as text, if they are UTF-8 that a terminal may get. Line ends and tabs count as such. */
export function shownText(bytes: Uint8Array): string | undefined {
  const text = utf8(bytes);
  const plain = text.replace(/[\n\t]/g, "");
  return text.includes("\ufffd") || printable(plain) !== plain ? undefined : text;
}
