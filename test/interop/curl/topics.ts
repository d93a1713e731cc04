import type { Topic } from "./case.ts";
import { AUTHENTICATION, NETRC_FILES } from "./cases/authentication.ts";
import { BASICS } from "./cases/basics.ts";
import { FILES, HEADS } from "./cases/files.ts";
import { PROXIES } from "./cases/proxies.ts";
import { WRITE_OUT } from "./cases/write-out.ts";

/** Every case, in the order of docs/curl.md. */
export const TOPICS: readonly Topic[] = [
  BASICS,
  PROXIES,
  FILES,
  WRITE_OUT,
  AUTHENTICATION,
  NETRC_FILES,
  HEADS,
];
