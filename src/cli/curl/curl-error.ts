import { CommandError } from "../exit-codes.ts";

/** An error that curl has an exit code for. The code is curl's own: `man curl`, EXIT CODES. */
export class CurlError extends CommandError {
  override readonly name: string = "CurlError";
}

/** The transfer is not even begun: no -w for it. */
export class SkipTransfer extends CurlError {
  override readonly name = "SkipTransfer";
}
