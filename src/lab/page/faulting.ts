import { signal } from "@preact/signals";
import { ask, onTold } from "./source.ts";

/** A fault of the proxy whose page this is. */
export interface ProxyFault {
  readonly name: string;
  /** As `--fault` takes it. */
  readonly text: string;
  readonly enabled: boolean;
}

/** The faults, in their order; `undefined`: this is not the page of a proxy. */
export const faults = signal<readonly ProxyFault[] | undefined>(undefined);

onTold("faults", (told) => {
  faults.value = told as readonly ProxyFault[];
});

export const addFault = (text: string): Promise<unknown> => ask("fault-add", { text });
export const removeFault = ({ name }: ProxyFault): Promise<unknown> => ask("fault-remove", { name });
export const enableFault = ({ name }: ProxyFault, enabled: boolean): Promise<unknown> =>
  ask("fault-enable", { name, enabled });
