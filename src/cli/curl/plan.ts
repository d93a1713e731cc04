import type { Given, Settings } from "./settings.ts";

/** One transfer: a URL, where its content goes, and what is uploaded. */
export interface Plan {
  readonly settings: Settings;
  /** As it was typed, without its globs. */
  readonly url: string;
  /** What each glob stands for: `#1` in -o is the first. */
  readonly globbed: readonly string[];
  /** -o, -O or --out-null. `undefined`: stdout. */
  readonly output: Given | undefined;
  /** The file of -T. */
  readonly upload: string | undefined;
}

/** The options that belong to one URL: the first -o to the first URL, the second -o to the second. */
interface Node {
  url?: string;
  output?: Given;
  upload?: string;
}

/** The transfers of the options between two --next, in their order. */
export function* plansOf(settings: Settings): Generator<Plan> {
  for (const { url, output, upload } of nodesOf(settings)) {
    if (url === undefined) continue;
    yield { settings, url, globbed: [], output: output ?? defaultOutput(settings), upload };
  }
}

function nodesOf(settings: Settings): Node[] {
  const nodes: Node[] = [];
  const nodeWithout = (part: keyof Node): Node => {
    const free = nodes.find((node) => node[part] === undefined);
    if (free !== undefined) return free;
    const node: Node = {};
    nodes.push(node);
    return node;
  };
  for (const given of settings.given) {
    if (given.name === "url") nodeWithout("url").url = given.value;
    else if (given.name === "upload-file") nodeWithout("upload").upload = given.value;
    else if (given.name === "output" || given.name === "remote-name" || given.name === "out-null")
      nodeWithout("output").output = given;
  }
  return nodes;
}

function defaultOutput(settings: Settings): Given | undefined {
  return settings.on("remote-name-all") ? { name: "remote-name", value: "", on: true } : undefined;
}
