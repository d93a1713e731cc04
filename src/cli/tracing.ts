import type { Observer } from "./observers.ts";
export interface Tracing {
  readonly on: boolean;
  observe(role: "client" | "server"): Observer | undefined;
  finish(): Promise<void>;
}
export async function startTracing(_args: unknown): Promise<Tracing> {
  return { on: false, observe: () => undefined, finish: async () => {} };
}
