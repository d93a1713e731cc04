import type { HandlerRef } from "./models/model.ts";
import { moduleUrl } from "./models/workers/module-url.ts";

/** Sends back what it receives, in every model: `listen({ handler: echo, model: "threads" })`. */
export const echo: HandlerRef = { module: moduleUrl("tcp/handlers/echo") };
