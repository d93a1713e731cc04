import { CommandError } from "../exit-codes.ts";

/** An error that curl has an exit code for. The code is curl's own: `man curl`, EXIT CODES. */
export class CurlError extends CommandError {
  override readonly name: string = "CurlError";
}
