import { accessSync, constants, type Stats, statSync } from "node:fs";
import { EXIT, fileProblem } from "../exit-codes.ts";
import { type Content, isLarge, readInput } from "./content.ts";
import { CurlError, ToldAnyway } from "./curl-error.ts";
import { fileStream, PIECE_BYTES, stdinStream } from "./file-stream.ts";

const CANNOT_REWIND = 65;

/** -T - waits for stdin; -T . reads what is there meanwhile. Here both do, since reading blocks nothing. */
export const isStdin = (file: string): boolean => file === "-" || file === ".";

/** The content of -T. @throws {ToldAnyway} 26: the file cannot be read. */
export function uploadContent(file: string): Content {
  if (isStdin(file)) return stdinContent();
  const status = statusOf(file);
  if (status.isDirectory()) throw new CurlError(EXIT.read, `cannot read ${file}: this is a directory`);
  // A pipe or a device has no size.
  const length = status.isFile() ? status.size : undefined;
  const source = { open: () => fileStream(file, length), length };
  // As in curl, what fits into one piece leaves together with the head, whatever the server answers meanwhile.
  const read = () => (length !== undefined && length <= PIECE_BYTES ? readInput(file) : source);
  return { kind: "upload", read, length, large: isLarge(length), type: undefined };
}

/** A pipe can be read once. A redirect or a lost connection that wants the content again fails, as in curl. */
function stdinContent(): Content {
  let isRead = false;
  const refuseAgain = () => {
    if (isRead)
      throw new CurlError(CANNOT_REWIND, "stdin cannot be read again, which the next request needs");
  };
  const open = () => {
    refuseAgain();
    isRead = true;
    return stdinStream();
  };
  const read = () => {
    refuseAgain();
    return { open };
  };
  return { kind: "upload", read, length: undefined, large: true, type: undefined };
}

function statusOf(file: string): Stats {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file);
  } catch (error) {
    throw new ToldAnyway(EXIT.read, `cannot read ${file}: ${fileProblem(error)}`);
  }
}
