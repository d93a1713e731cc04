import type { Target } from "./target.ts";
import { chunked } from "./targets/chunked.ts";
import { commandLine } from "./targets/command-line.ts";
import { conditions } from "./targets/conditions.ts";
import { explain } from "./targets/explain.ts";
import { fieldLine } from "./targets/field-line.ts";
import { host } from "./targets/host.ts";
import { path } from "./targets/path.ts";
import { proxyHeader } from "./targets/proxy-header.ts";
import { recording } from "./targets/recording.ts";
import { redirect } from "./targets/redirect.ts";
import { request } from "./targets/request.ts";
import { response } from "./targets/response.ts";
import { secrets } from "./targets/secrets.ts";
import { target } from "./targets/target.ts";
import { text } from "./targets/text.ts";
import { turns } from "./targets/turns.ts";
import { url } from "./targets/url.ts";

export { hits } from "./hits.ts";

/** Every reader of bytes from outside. */
export const TARGETS: readonly Target[] = [
  request,
  response,
  chunked,
  fieldLine,
  target,
  host,
  turns,
  conditions,
  path,
  url,
  redirect,
  explain,
  secrets,
  proxyHeader,
  recording,
  text,
  commandLine,
];
