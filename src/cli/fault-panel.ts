import { FaultError, type Faults, formatFault, parseFault } from "../proxy.ts";
import type { PageDesk } from "./live-page.ts";

/** What the page of `proxy --open` may do: it lists the faults, adds and removes them, and turns them on and off. */
export interface FaultPanel extends PageDesk {
  /** The proxy runs: these are its faults. */
  attach(faults: Faults): void;
}

/** As much as a command line may be. */
const MAX_TEXT_LENGTH = 10_000;

export function faultPanel(): FaultPanel {
  let faults: Faults | undefined;
  let tell: Parameters<PageDesk["opened"]>[0] = () => {};
  const tellAll = (): void => tell("faults", faults === undefined ? [] : listOf(faults));
  const action = (act: (faults: Faults, asked: Asked) => void) => async (asked: unknown) => {
    const { ActionError } = await import("../lab.ts");
    if (faults === undefined) throw new ActionError("the proxy does not run yet");
    if (!isAsked(asked)) throw new ActionError("a fault is asked for by its text or its name");
    try {
      act(faults, asked);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      throw new ActionError(error.message);
    }
    return {};
  };
  return {
    actions: {
      "fault-add": action((all, { text = "" }) => all.add(parseFault(text))),
      "fault-remove": action((all, { name = "" }) => all.remove(name)),
      "fault-enable": action((all, { name = "", enabled = true }) => all.enable(name, enabled)),
    },
    opened(teller) {
      tell = teller;
      tellAll();
    },
    attach(given) {
      faults = given;
      faults.onChange(tellAll);
      tellAll();
    },
  };
}

interface Asked {
  readonly text?: string;
  readonly name?: string;
  readonly enabled?: boolean;
}

/** The page sends JSON: it is checked before it is used. */
function isAsked(value: unknown): value is Asked {
  if (typeof value !== "object" || value === null) return false;
  const { text = "", name = "", enabled = true } = value as Record<string, unknown>;
  const isText = (given: unknown) => typeof given === "string" && given.length <= MAX_TEXT_LENGTH;
  return isText(text) && isText(name) && typeof enabled === "boolean";
}

const listOf = (faults: Faults) =>
  faults.list().map(({ fault, enabled }) => ({ name: fault.name, text: formatFault(fault), enabled }));
