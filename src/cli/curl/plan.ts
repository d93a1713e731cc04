import { type GlobbedText, parseGlob, plainGlob, withGlobValues } from "./glob.ts";
import { octetsOf, unicodeOf } from "./octets.ts";
import type { Given, Settings } from "./settings.ts";

/** One transfer: a URL, where its content goes, and what is uploaded. */
export interface Plan {
  readonly settings: Settings;
  /** As it was typed, without its globs. Octets. */
  readonly url: string;
  /** -o, -O or --out-null. `undefined`: stdout. */
  readonly output: Given | undefined;
  /** The file of -T. */
  readonly upload: string | undefined;
  /** Which of the URLs of the command line this is, from 0. A URL with globs is one. */
  readonly urlNumber: number;
}

/** The options that belong to one URL: the first -o to the first URL, the second -o to the second. */
interface Node {
  url?: string;
  output?: Given;
  upload?: string;
  /** Of a list (--url @FILE): without -o, the content goes to a file that is named as in the URL. */
  isNamed?: true;
}

/**
 * The transfers of the options between two --next, in their order, each made when it is asked for. A URL with globs stands
 * for several; each file of -T goes to each of them. `isLast`: an -o or -T has no URL, and curl stops there.
 *
 * @throws {CurlError} 3: a glob is wrong. As in curl, no URL behind it is asked for.
 */
export function* plansOf(settings: Settings, urlsBefore = 0): Generator<Plan, { isLast: boolean }> {
  let urlNumber = urlsBefore;
  const globs = !settings.on("globoff");
  const textsOf = (text: string): Generator<GlobbedText> =>
    (globs ? parseGlob(text) : plainGlob(text)).texts();
  for (const { url, isNamed, output = defaultOutput(settings, isNamed), upload } of nodesOf(settings)) {
    if (url === undefined) return { isLast: true };
    for (const file of upload === undefined ? [undefined] : textsOf(octetsOf(upload))) {
      for (const { text, values } of textsOf(octetsOf(url))) {
        yield {
          settings,
          url: text,
          output: globs ? withValues(output, values) : output,
          upload: file && unicodeOf(file.text),
          urlNumber,
        };
      }
    }
    urlNumber++;
  }
  return { isLast: false };
}

/** `#1` in the name of -o is what the first glob of the URL stands for. */
function withValues(output: Given | undefined, values: readonly string[]): Given | undefined {
  if (output?.name !== "output") return output;
  return { ...output, value: unicodeOf(withGlobValues(octetsOf(output.value), values)) };
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
  let allNamed = false;
  for (const given of settings.given) {
    if (given.name === "remote-name-all") allNamed = given.on;
    // As in curl, --no-remote-name says something only behind --remote-name-all.
    if (given.name === "remote-name" && !given.on && !allNamed) continue;
    if (given.name === "url") {
      const node = nodeWithout("url");
      node.url = given.value;
      if (given.named) node.isNamed = true;
    } else if (given.name === "upload-file") nodeWithout("upload").upload = given.value;
    else if (given.name === "output" || given.name === "remote-name" || given.name === "out-null")
      nodeWithout("output").output = given;
  }
  return nodes;
}

const REMOTE_NAME: Given = { name: "remote-name", value: "", on: true };

function defaultOutput(settings: Settings, isNamed = false): Given | undefined {
  return isNamed || settings.on("remote-name-all") ? REMOTE_NAME : undefined;
}
