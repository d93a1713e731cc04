import { CommandError } from "../exit-codes.ts";

/** An error that curl has an exit code for. The code is curl's own: `man curl`, EXIT CODES. */
export class CurlError extends CommandError {
  override readonly name: string = "CurlError";
}

/** No transfer behind this one is begun, either. */
export class EndsAll extends CurlError {
  override readonly name = "EndsAll";
}

/** The transfer is not even begun: no -w for it. */
export class SkipTransfer extends CurlError {
  override readonly name = "SkipTransfer";
}
