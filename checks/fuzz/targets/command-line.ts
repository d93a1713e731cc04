import { utf8 } from "../../../src/bytes/text.ts";
import { askedWithoutContent } from "../../../src/cli/curl/first-request.ts";
import { parseCommandLine } from "../../../src/cli/curl/parse.ts";
import { plansOf } from "../../../src/cli/curl/plan.ts";
import { requestInput } from "../../../src/cli/curl/request.ts";
import { CommandError, UnknownOption } from "../../../src/cli/exit-codes.ts";
import { unknownOption } from "../../../src/cli/unknown-option.ts";
import { hold, type Target } from "../target.ts";

// The bundler normally sets this, since a bundle cannot find package.json.
Object.assign(globalThis, { WIREPANE_VERSION: "0.0.0" });

/** The words after `wirepane http`, one on each line. */
export const commandLine: Target = {
  name: "command-line",
  weight: 0.1,
  maxBytes: 256,
  seeds: [
    "http://a/",
    "-sS\n-XPOST\n-d\na=1\n--data-urlencode\nb=ü\nlocalhost:8080/x",
    "--json\n{}\n-H\nAccept:\n-H\nX;\n-u\na:b\n--\n-x",
    "-G\n-d\nq=1\n--max-time=0.5\nhttp://[::1]:80/?a",
    "-I\n--request-target\n*\nhttp://u:p%zz\u0040a/",
  ],
  fuzz(data) {
    const words = utf8(data).split("\n");
    try {
      const { operations } = parseCommandLine(["-q", ...words]);
      // "@" and "<" would read files.
      if (/[@<]|^(?:-T|--upload)/m.test(words.join("\n"))) return;
      for (const plan of operations.flatMap((settings) => [...plansOf(settings)])) {
        const { url, method } = requestInput(askedWithoutContent(plan), plan.settings);
        hold(url instanceof URL && method !== undefined, () => "a request has a URL and a method");
      }
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error instanceof UnknownOption)
        hold(unknownOption(error).includes(error.option), () => "what is said of an option names the option");
    }
  },
};
