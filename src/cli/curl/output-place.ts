import { octetsOf } from "./octets.ts";
import type { Plan } from "./plan.ts";
import { NAMELESS, remoteName } from "./remote-name.ts";

/** Where the content of a transfer goes. The path is octets. */
export type OutputPlace =
  | { readonly kind: "stdout" | "nowhere" }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly isNamedByUrl: boolean;
      readonly isNameless?: boolean;
    };

/** What -o, -O, --out-null and --output-dir say. */
export function outputPlace({ output, settings, url }: Plan): OutputPlace {
  // As in curl, --no-out-null says the same as --out-null.
  if (output?.name === "out-null") return { kind: "nowhere" };
  if (output === undefined || !output.on) return { kind: "stdout" };
  if (output.name === "remote-name") {
    const name = remoteName(url);
    const path = inOutputFolder(name ?? NAMELESS, settings.value("output-dir"));
    return { kind: "file", path, isNamedByUrl: true, isNameless: name === undefined };
  }
  if (output.value === "-") return { kind: "stdout" };
  const name = octetsOf(output.value);
  return { kind: "file", path: inOutputFolder(name, settings.value("output-dir")), isNamedByUrl: false };
}

/** The path of a name in the folder of --output-dir. The name may be a path, too. */
export function inOutputFolder(name: string, folder: string | undefined): string {
  return folder === undefined || folder === "" ? name : `${octetsOf(folder)}/${name}`;
}
