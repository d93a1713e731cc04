import { type Mutant, mutantsOf } from "./mutant.ts";

/** What a watched program must never notice. */
export const WATCH: readonly Mutant[] = [
  ...mutantsOf(
    "watch/own-descriptor.ts",
    ["test/watch/home.test.ts"],
    [
      {
        text: "return fileAt(this.#number) === this.#file;",
        becomes: "return true;",
        promise: "nothing is written to what a program opens under the number of our descriptor",
      },
    ],
  ),
  ...mutantsOf(
    "watch/home.ts",
    ["test/watch/home.test.ts"],
    [
      {
        text: "if (this.#descriptor?.isOurs === false) done(error);",
        becomes: "if (false) done(error);",
        promise: "what a program opens under the number of our descriptor is not closed",
      },
      {
        text: "(bytes === 0 ? MAX_WAITING_IN_ALL_BYTES : MAX_WAITING_BYTES)",
        becomes: "Number.POSITIVE_INFINITY",
        promise: "what waits for a reader that does not read is bounded",
      },
    ],
  ),
  ...mutantsOf(
    "watch/socket-watch.ts",
    ["test/watch/socket-watch.test.ts"],
    [
      {
        text: "this.#heldBytes + bytes.length <= MAX_HELD_BYTES",
        becomes: "true",
        promise: "a handshake that never ends holds a bounded number of bytes",
      },
      {
        text: "    this.trusted();\n",
        becomes: "",
        promise: "writes are told in their order, also when too many were held",
      },
    ],
  ),
  ...mutantsOf(
    "watch/hooks.ts",
    ["test/watch/hooks.test.ts"],
    [
      {
        text: "if (!socket._handle) this.#watches.get(socket)?.handedOver(socket);",
        becomes: "",
        promise: "no FIN is told of a socket that was passed to another process",
      },
    ],
  ),
];
