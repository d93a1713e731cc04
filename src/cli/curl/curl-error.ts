import { CommandError } from "../exit-codes.ts";

/** An error that curl has an exit code for. The code is curl's own: `man curl`, EXIT CODES. */
export class CurlError extends CommandError {
  override readonly name: string = "CurlError";
}

/** The lines below the message show the URL as it was typed, and the place that is wrong. */
export class MarkedUrl extends CurlError {
  override readonly name = "MarkedUrl";
  override readonly hasLines = true;
}

/** No transfer behind this one is begun, either. */
export class EndsAll extends CurlError {
  override readonly name: string = "EndsAll";
}

/** The same, and told also with -s. */
export class ToldAnyway extends EndsAll {
  override readonly name = "ToldAnyway";
}

/** As EndsAll, and as if this transfer was never there: no -w, no files. */
export class NeverBegun extends EndsAll {
  override readonly name: string = "NeverBegun";
}

/** The transfer is not even begun: no -w for it. */
export class SkipTransfer extends CurlError {
  override readonly name = "SkipTransfer";
}
