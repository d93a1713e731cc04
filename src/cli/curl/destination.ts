import { closeSync, openSync } from "node:fs";
import { printable } from "../../trace.ts";
import type { Arguments } from "../arguments.ts";
import { CommandError, EXIT, fileProblem } from "../exit-codes.ts";
import { stdoutIsTerminal, writeOut } from "../output.ts";
import { looksBinary, TerminalText } from "../terminal-text.ts";

/** Where the content of one URL goes. */
export interface Destination {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** The first -o or -O is for the first URL, the second for the second, and so on. Without one, content goes to stdout. */
export function destinationFor(args: Arguments<"http">, index: number, url: URL): () => Destination {
  const option = args.given.filter(({ name }) => name === "output" || name === "remote-name")[index];
  if (option === undefined) return () => (stdoutIsTerminal() ? new TerminalDestination() : STDOUT);
  if (option.name === "output")
    return () => (option.value === "-" ? STDOUT : new FileDestination(option.value));
  const file = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  if (file === "")
    throw new CommandError(EXIT.write, "-O: the URL ends without a file name; -o FILE gives one");
  return () => new FileDestination(file);
}

const STDOUT: Destination = { write: (bytes) => writeOut(bytes), end: async () => {} };

class FileDestination implements Destination {
  readonly #descriptor: number;

  constructor(file: string) {
    try {
      this.#descriptor = openSync(file, "w");
    } catch (error) {
      throw new CommandError(EXIT.write, `cannot write to ${file}: ${fileProblem(error)}`);
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeOut(bytes, this.#descriptor);
  }

  async end(): Promise<void> {
    closeSync(this.#descriptor);
  }
}

class TerminalDestination implements Destination {
  readonly #text = new TerminalText(printable);

  async write(bytes: Uint8Array): Promise<void> {
    if (looksBinary(bytes)) {
      throw new CommandError(
        EXIT.write,
        "binary content is not for a terminal: -o FILE saves it, -o - insists",
      );
    }
    await writeOut(this.#text.push(bytes));
  }

  async end(): Promise<void> {
    await writeOut(this.#text.end());
  }
}
