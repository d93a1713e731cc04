import type { HandlerRef } from "./models/model.ts";
import { moduleUrl } from "./models/workers/module-url.ts";

/** A handler for every model that sends back what it receives: `listen({ handler: echo, model: "threads" })`. */
export const echo: HandlerRef = { module: moduleUrl("tcp/handlers/echo") };
