import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { TransportError } from "../errors.ts";
import { importFile } from "./import-file.ts";
import type { ConnectionHandler, HandlerRef, ModelName } from "./model.ts";

/** The function itself. @throws {TransportError} HANDLER_INVALID */
export async function loadHandler(ref: HandlerRef): Promise<ConnectionHandler> {
  if ("run" in ref) return ref.run;
  const url = handlerUrl(ref.module);
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await importFile(url);
  } catch (cause) {
    throw invalid(`the handler module ${url} cannot be loaded: ${(cause as Error).message}`, cause);
  }
  if (typeof exported.handler !== "function") {
    throw invalid(`the handler module ${url} has no function named "handler" among its exports`);
  }
  return exported.handler as ConnectionHandler;
}

/** The module's URL, for a model that runs handlers in workers. @throws {TransportError} HANDLER_INVALID */
export function requireModule(ref: HandlerRef, model: ModelName): string {
  if ("module" in ref) return handlerUrl(ref.module);
  const elsewhere = model === "threads" ? "another thread" : "another process";
  throw invalid(
    `the ${model} model runs the handler in ${elsewhere}, where a function cannot go: ` +
      'give { module: new URL("./my-handler.js", import.meta.url) }, a module that exports "handler"',
  );
}

function handlerUrl(module: URL | string): string {
  if (module instanceof URL) return module.href;
  return /^(file|data|node):/.test(module) ? module : pathToFileURL(resolve(module)).href;
}

function invalid(message: string, cause?: unknown): TransportError {
  return new TransportError("HANDLER_INVALID", "listen", message, { cause });
}

/** A thrown value in one line, and where it was thrown. A handler may throw anything, not only errors. */
export function describeThrown(thrown: unknown): { readonly reason: string; readonly stack?: string } {
  if (!(thrown instanceof Error)) return { reason: String(thrown) };
  const reason = `${thrown.name}: ${thrown.message}`;
  return thrown.stack === undefined ? { reason } : { reason, stack: thrown.stack };
}
