import type { ClientResponse, RequestInput } from "../../http.ts";
import type { InformationalHead } from "../../http1.ts";
import { EXIT } from "../exit-codes.ts";
import { answerTo } from "./chain.ts";
import { connectOptions } from "./connecting.ts";
import { bytesContent, dataOf } from "./content.ts";
import { CurlError } from "./curl-error.ts";
import type { Lane } from "./lane.ts";
import { octetsOf } from "./octets.ts";
import { outputOf } from "./output.ts";
import type { Plan } from "./plan.ts";
import type { Asked } from "./request.ts";
import type { Session } from "./session.ts";
import { type CurlUrl, parseCurlUrl, userinfoOf } from "./url.ts";
import { addQuery } from "./url-edit.ts";

/** Runs one transfer to its end. @throws when it fails, with the exit code of curl. */
export async function transfer(plan: Plan, lane: Lane, session: Session): Promise<void> {
  const { settings } = plan;
  const asked = firstAsked(plan);
  const output = outputOf(plan, asked.url);
  const showsHeads = settings.on("show-headers") || settings.on("head");
  const heads: string[] = [];
  const note = (head: string) => {
    heads.push(head);
    session.verbose?.received(head);
  };
  const send = async (input: RequestInput): Promise<ClientResponse> => {
    session.verbose?.next();
    const response = await lane.client.request({
      ...input,
      connect: connectOptions(settings),
      signal: session.signal,
      onInformational: (head) => note(headText(head)),
      ...timeLeft(),
    });
    note(headText(response));
    return response;
  };
  const timeLeft = deadline(settings.milliseconds("max-time"));
  const { response } = await answerTo(asked, settings, send);
  const failed = response.status >= 400;
  const how = settings.last("fail", "fail-with-body");
  try {
    if (showsHeads) await output.write(Buffer.from(heads.join(""), "latin1"));
    if (failed && how?.name === "fail" && how.on) throw statusError(response);
    for await (const bytes of response.body) await output.write(bytes);
    await output.end();
  } catch (error) {
    response.discard();
    throw error;
  }
  if (failed && how?.on) throw statusError(response);
}

/** The first request has all of the time, so that its error names the time that the user gave. Others have the rest. */
function deadline(maxTimeMs: number | undefined): () => { timeoutMs: number } | undefined {
  const endsAt = maxTimeMs === undefined ? undefined : performance.now() + maxTimeMs;
  let requests = 0;
  return () => {
    if (maxTimeMs === undefined || endsAt === undefined) return undefined;
    const restMs = Math.max(1, Math.ceil(endsAt - performance.now()));
    return { timeoutMs: requests++ === 0 ? maxTimeMs : restMs };
  };
}

/** The request as the options describe it. */
export function firstAsked({ settings, url: text }: Plan): Asked {
  const data = dataOf(settings);
  const inUrl = settings.on("get");
  if (data !== undefined && settings.on("head") && !inUrl)
    throw new CurlError(EXIT.usage, "-d wants POST and -I wants HEAD: use only one of them (or -G)");
  const url = urlOf(
    inUrl && data !== undefined ? addQuery(octetsOf(text), data.toString("latin1")) : octetsOf(text),
    settings,
  );
  const content = data === undefined || inUrl ? undefined : bytesContent(data);
  const method =
    settings.value("request") ?? (settings.on("head") ? "HEAD" : content === undefined ? "GET" : "POST");
  return {
    url,
    method,
    content,
    added: {
      authorization: basicAuthorization(url, settings),
      acceptEncoding: settings.on("compressed") ? "gzip, deflate, br" : undefined,
      referer: settings.value("referer"),
    },
  };
}

const UNSUPPORTED_PROTOCOL = 1;

function urlOf(text: string, settings: Settings): CurlUrl {
  const url = parseCurlUrl(text, {
    pathAsIs: settings.on("path-as-is"),
    defaultScheme: settings.value("proto-default"),
  });
  if (url.scheme !== "http" && url.scheme !== "https")
    throw new CurlError(
      UNSUPPORTED_PROTOCOL,
      `protocol "${url.scheme}" is not spoken here, only http and https`,
    );
  return url;
}

type Settings = Plan["settings"];

/** The credentials of -u, or of the URL. */
function basicAuthorization(url: CurlUrl, settings: Settings): string | undefined {
  const given = settings.value("user");
  const inUrl = userinfoOf(url);
  const user = given === undefined ? inUrl && `${inUrl.user}:${inUrl.password}` : octetsOf(given);
  if (user === undefined) return undefined;
  return `Basic ${Buffer.from(user.includes(":") ? user : `${user}:`, "latin1").toString("base64")}`;
}

/** The head as it was received, except for whitespace around values. */
function headText({ version, status, reason, fields }: ClientResponse | InformationalHead): string {
  const lines = [...fields].map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/${version} ${status} ${reason}\r\n${lines.join("")}\r\n`;
}

function statusError({ status, reason }: ClientResponse): CurlError {
  return new CurlError(EXIT.httpStatus, `the server answered ${status} ${reason}`.trimEnd());
}
