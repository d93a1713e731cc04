import type { Topic } from "./case.ts";
import { ADDRESSES } from "./cases/addresses.ts";
import { AUTHENTICATION, NETRC_FILES } from "./cases/authentication.ts";
import { COMBINED } from "./cases/combined.ts";
import { CONFIG, GLOBBING, VARIABLES } from "./cases/command-line.ts";
import { COOKIES } from "./cases/cookies.ts";
import { EVERY_OPTION, VERBOSE } from "./cases/every-option.ts";
import { EVERYDAY } from "./cases/everyday.ts";
import { ANSWERS, ERRORS, FIELDS, TLS } from "./cases/fields.ts";
import { FILES, HEADS } from "./cases/files.ts";
import { PROXIES } from "./cases/proxies.ts";
import { CONDITIONS, REDIRECTS, RETRIES } from "./cases/transfers.ts";
import { FORMS, UPLOADS } from "./cases/uploads.ts";
import { WRITE_OUT } from "./cases/write-out.ts";

/** What people ask for, and what comes back. */
export const CONTENTS: readonly Topic[] = [
  FILES,
  WRITE_OUT,
  HEADS,
  UPLOADS,
  FORMS,
  CONDITIONS,
  FIELDS,
  ANSWERS,
  VERBOSE,
];

/** Where the connections go, and as whom. */
export const CONNECTIONS: readonly Topic[] = [
  PROXIES,
  ADDRESSES,
  AUTHENTICATION,
  NETRC_FILES,
  COOKIES,
  RETRIES,
  REDIRECTS,
  TLS,
];

/** What a command line is. */
export const COMMAND_LINES: readonly Topic[] = [
  EVERYDAY,
  COMBINED,
  GLOBBING,
  CONFIG,
  VARIABLES,
  ERRORS,
  EVERY_OPTION,
];

/** Every case, in the order of docs/curl.md. */
export const TOPICS: readonly Topic[] = [...CONTENTS, ...CONNECTIONS, ...COMMAND_LINES];
