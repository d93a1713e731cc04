import { CLIENT } from "./client.ts";
import { HTTP1_CONNECTION } from "./http1-connection.ts";
import { HTTP1_READING } from "./http1-reading.ts";
import type { Mutant } from "./mutant.ts";
import { PROXY } from "./proxy.ts";
import { SERVER } from "./server.ts";
import { TCP } from "./tcp.ts";
import { TEXT_AND_TRACE } from "./text.ts";
import { WATCH } from "./watch.ts";

export const MUTANTS: readonly Mutant[] = [
  ...HTTP1_READING,
  ...HTTP1_CONNECTION,
  ...CLIENT,
  ...SERVER,
  ...TCP,
  ...PROXY,
  ...TEXT_AND_TRACE,
  ...WATCH,
];
