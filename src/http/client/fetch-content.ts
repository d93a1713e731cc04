import { ownOptions } from "../../tcp/own-options.ts";
import { fetchError } from "./lazy-response.ts";
import type { ContentSource, RequestContent } from "./request-content.ts";

/** Where a member of `init` is missing, the platform would look for it on `Object.prototype`. */
export const DEFAULTS: RequestInit = {
  method: "GET",
  headers: [],
  body: null,
  redirect: "follow",
  signal: null,
};

/**
 * The content of the platform's Request. A stream of the caller's is sent as it comes. Any other content has a length,
 * and can be sent again. Blobs are read while they are sent, as they may be files that are larger than the memory.
 *
 * @param given the body that the Request was made with. A Request does not show it.
 */
export async function contentOf(request: Request, given: unknown): Promise<RequestContent | undefined> {
  if (request.body === null) return undefined;
  if (given instanceof Blob) return blobSource(given);
  if (given instanceof FormData) return formContent(given, request.headers.get("content-type") ?? "");
  const whole = withSource(request);
  return whole === undefined ? request.body : new Uint8Array(await whole.arrayBuffer());
}

const blobSource = (blob: Blob): ContentSource => ({ open: () => blob.stream(), length: blob.size });

/** HTML standard, "multipart/form-data encoding algorithm". `formPart` escapes the names. @throws {TypeError} */
async function formContent(form: FormData, contentType: string): Promise<RequestContent> {
  const entries = [...form]; // the caller may change the form as soon as we wait
  const [{ formBoundary, formPart }, { multipartBody }] = await Promise.all([
    import("./multipart/form-part.ts"),
    import("./multipart/multipart.ts"),
  ]);
  const parts = entries.map(([name, value]) => {
    if (typeof value === "string") return formPart({ name: withCrlf(name), content: withCrlf(value) });
    const contentType = value.type || "application/octet-stream";
    return formPart({ name: withCrlf(name), filename: value.name, contentType, content: blobSource(value) });
  });
  // The platform's Request has chosen a boundary, unless the caller gave a Content-Type.
  const boundary =
    /^multipart\/form-data; boundary=([\w'()+,./:=?-]{1,70})$/.exec(contentType)?.[1] ?? formBoundary();
  try {
    return multipartBody({ boundary, parts });
  } catch (error) {
    throw fetchError(error, undefined, "fetch failed"); // a name has a control octet
  }
}

const withCrlf = (text: string): string => text.replace(/\r\n?|\n/g, "\r\n");

/**
 * The same content, unless it is a stream of the caller's. The platform makes a stream of any content. But with
 * "no-cors", the standard refuses the caller's streams, and only them (Fetch standard §5.4, "source is null").
 */
function withSource(request: Request): Request | undefined {
  try {
    const init: RequestInit = { ...DEFAULTS, mode: "no-cors", method: "POST" };
    return new Request(request, ownOptions(init));
  } catch {
    return undefined; // the content of `request` is untouched
  }
}
