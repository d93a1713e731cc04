import { appendFileSync, writeFileSync } from "node:fs";
import { TransportError } from "../../tcp.ts";
import { errorOutput, say, writeOut as writeBytes } from "../output.ts";
import { version } from "../version.ts";
import { errorWords } from "./error-words.ts";
import { textOf } from "./first-request.ts";
import { pemOf, verifyResult } from "./peer-certificates.ts";
import type { Transfer } from "./transfer.ts";
import { effectiveUrl } from "./url.ts";
import { redirectUrl } from "./url-reference.ts";
import type { WireTimes } from "./wire.ts";
import { writeOut } from "./write-out.ts";
import { writeOutFormat } from "./write-out-format.ts";
import type { WriteOutVariables } from "./write-out-variables.ts";

/** Prints what -w asks for, when a transfer is over. */
export async function showWriteOut(transfer: Transfer, exitCode: number, failure: unknown): Promise<void> {
  const format = writeOutFormat(transfer.plan.settings);
  if (format === undefined) return;
  const source = {
    variables: variablesOf(transfer, exitCode, failure),
    responses: transfer.allFields,
    nowMs: Date.now(),
  };
  let place: "stdout" | "stderr" | { readonly path: string } = "stdout";
  for (const step of writeOut(format, source)) {
    switch (step.type) {
      case "stdout":
      case "stderr":
        place = step.type;
        break;
      case "file":
        if (!step.append) writeFileSync(step.path, "");
        place = { path: step.path };
        break;
      case "complaint":
        say(`wirepane: ${step.text}`);
        break;
      case "text": {
        const bytes = Buffer.from(step.text, "latin1");
        if (typeof place !== "string") appendFileSync(place.path, bytes);
        else await writeBytes(bytes, place === "stdout" ? 1 : errorOutput());
        break;
      }
      default:
        step satisfies never;
    }
  }
}

function variablesOf(transfer: Transfer, exitCode: number, failure: unknown): WriteOutVariables {
  const { plan, asked, response, lane, told } = transfer;
  const { wire, secured } = lane;
  const verified = verifyResult(secured?.verifyError, failure);
  const certificates =
    failure instanceof TransportError && failure.certificates.length > 0
      ? failure.certificates
      : (secured?.certificates ?? []);
  // TLS with an https proxy that takes the request itself: otherwise it is TLS with the server.
  const isOfProxy = transfer.proxied && asked?.url.scheme === "http";
  const { local, remote } = wire?.connection ?? {};
  const totalMs = (wire?.times.end ?? performance.now()) - transfer.startedAt;
  const downloaded = transfer.reception?.downloaded ?? 0;
  const [, location] = transfer.allFields.at(-1)?.find(([name]) => name.toLowerCase() === "location") ?? [];
  return {
    certs: pemOf(certificates),
    conn_id: wire?.connectionId ?? -1,
    content_type: response?.fields.getAll("content-type")[0],
    errormsg: errorWords(failure, exitCode, transfer),
    exitcode: exitCode,
    filename_effective: transfer.reception?.output.file?.path,
    response_code: transfer.reception?.statusInstead ?? told.status,
    http_connect: transfer.connectStatus,
    http_version: told.version,
    local_ip: hostOf(local),
    local_port: portOf(local),
    method: asked?.method,
    num_certs: certificates.length,
    num_connects: wire?.numConnects ?? 0,
    num_headers: wire?.headLines ?? 0,
    num_redirects: transfer.redirects,
    num_retries: transfer.retries,
    proxy_ssl_verify_result: isOfProxy ? verified : 0,
    proxy_used: transfer.proxied ? 1 : 0,
    redirect_url:
      asked === undefined || !location || !isRedirect(response?.status)
        ? undefined
        : redirectUrl(asked.url, location),
    referer: asked?.added.referer,
    remote_ip: hostOf(remote),
    remote_port: portOf(remote),
    scheme: asked?.url.scheme,
    size_delivered: transfer.reception?.delivered ?? 0,
    size_download: downloaded,
    size_header: wire?.headBytes ?? 0,
    size_request: wire?.requestBytes ?? 0,
    size_upload: wire?.sizeUpload ?? 0,
    speed_download: perSecond(downloaded, totalMs),
    speed_upload: perSecond(wire?.sizeUpload ?? 0, totalMs),
    ssl_verify_result: isOfProxy ? 0 : verified,
    ...timesOf(wire?.times, transfer, totalMs),
    url: asked === undefined ? plan.url : textOf(plan),
    url_effective: asked === undefined ? undefined : effectiveUrl(asked.url),
    urlnum: transfer.plan.urlNumber,
    xfer_id: transfer.number,
    curl_version: `wirepane/${version()}`,
  };
}

function timesOf(times: WireTimes | undefined, { startedAt, lastStartedAt }: Transfer, totalMs: number) {
  const since = (at: number | undefined) => (at === undefined ? 0 : Math.round((at - startedAt) * 1000));
  return {
    time_appconnect: since(times?.secured),
    time_connect: since(times?.connected),
    time_namelookup: since(times?.resolved ?? times?.connected),
    time_posttransfer: since(times?.sent),
    time_pretransfer: since(times?.requested),
    time_queue: 0,
    time_redirect: lastStartedAt > startedAt + 1 ? since(lastStartedAt) : 0,
    time_starttransfer: since(times?.firstByte),
    time_total: Math.round(totalMs * 1000),
  };
}

type Address = NonNullable<NonNullable<Transfer["lane"]["wire"]>["connection"]["local"]>;

const hostOf = (address: Address | undefined): string =>
  address === undefined || address.family === "unix" ? "" : address.host;
const portOf = (address: Address | undefined): number =>
  address === undefined || address.family === "unix" ? -1 : address.port;
const perSecond = (bytes: number, ms: number): number => (ms > 0 ? Math.floor((bytes * 1000) / ms) : 0);
const isRedirect = (status = 0): boolean => status >= 300 && status < 400;
