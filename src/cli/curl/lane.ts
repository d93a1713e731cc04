import { HttpClient } from "../../http.ts";
import { type Observer, observers } from "../observers.ts";
import { AS_CURL } from "./leniency.ts";

/** The connections of transfers that come one after the other. Transfers in parallel have a lane each. */
export class Lane {
  readonly client: HttpClient;

  /** `observe` is asked for each connection: who watches it? */
  constructor(observe: () => readonly (Observer | undefined)[]) {
    this.client = new HttpClient({
      leniency: AS_CURL,
      // As in curl, only -m limits the time after connecting.
      headTimeoutMs: Number.POSITIVE_INFINITY,
      bodyTimeoutMs: Number.POSITIVE_INFINITY,
      writeTimeoutMs: Number.POSITIVE_INFINITY,
      observe: () => observers(...observe()),
    });
  }
}
