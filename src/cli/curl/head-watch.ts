import { EtagFile } from "./etag.ts";
import type { Output } from "./output.ts";
import { ServerName } from "./server-name.ts";
import type { Settings } from "./settings.ts";

/** What reads the lines of heads as they come, and does something by them. */
export class HeadWatch {
  readonly #etag: EtagFile | undefined;
  readonly #name: ServerName | undefined;
  #status = 0;

  /** `undefined`: no option wants it. @throws {CurlError} 26: the file of --etag-save cannot be made. */
  static of(settings: Settings, output: Output): HeadWatch | undefined {
    const watched = settings.on("etag-save") || settings.on("remote-header-name");
    return watched ? new HeadWatch(settings, output) : undefined;
  }

  private constructor(settings: Settings, output: Output) {
    this.#etag = EtagFile.of(settings);
    const byServer = settings.on("remote-header-name") && output.file?.isNamedByUrl;
    if (byServer) this.#name = new ServerName(output.file, settings.value("output-dir"));
  }

  line(line: Uint8Array): void {
    const [, status] =
      /^http\/\S+[ \t]+(\d{3})/i.exec(Buffer.from(line.subarray(0, 20)).toString("latin1")) ?? [];
    if (status !== undefined) this.#status = Number(status);
    this.#etag?.line(line, this.#status);
    this.#name?.line(line, this.#status);
  }
}
