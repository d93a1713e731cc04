import type { Topic } from "./case.ts";
import { ADDRESSES } from "./cases/addresses.ts";
import { AUTHENTICATION, NETRC_FILES } from "./cases/authentication.ts";
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

/** Every case, in the order of docs/curl.md. */
export const TOPICS: readonly Topic[] = [
  EVERYDAY,
  PROXIES,
  FILES,
  WRITE_OUT,
  AUTHENTICATION,
  COOKIES,
  HEADS,
  UPLOADS,
  GLOBBING,
  ADDRESSES,
  CONFIG,
  FORMS,
  CONDITIONS,
  NETRC_FILES,
  VARIABLES,
  RETRIES,
  REDIRECTS,
  TLS,
  FIELDS,
  ANSWERS,
  ERRORS,
  VERBOSE,
  EVERY_OPTION,
];
