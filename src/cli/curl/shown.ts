import type { Settings } from "./settings.ts";
import type { TraceForm } from "./trace-format.ts";

/** What -v, --trace and --trace-ascii ask for. */
export interface Shown {
  readonly form: TraceForm;
  /** A file; `-`: stdout; `%`: stderr. */
  readonly to: string;
  readonly ids: boolean;
  readonly times: boolean;
}

interface State {
  form: TraceForm | undefined;
  to: string;
  ids: boolean;
  times: boolean;
  /** How many v: -vvv is 3. */
  level: number;
}

const NOTHING: State = { form: undefined, to: "%", ids: false, times: false, level: 0 };

/** The last of -v, --trace and --trace-ascii decides. `undefined`: nothing is to be shown. */
export function shownBy(settings: Settings): Shown | undefined {
  let state = NOTHING;
  for (const { name, value, on } of settings.given) {
    if (name === "verbose") state = on ? moreVerbose(value === "more" ? state : NOTHING) : NOTHING;
    else if (name === "trace") state = { ...state, form: "hex", to: value };
    else if (name === "trace-ascii") state = { ...state, form: "ascii", to: value };
    else if (name === "trace-ids") state = { ...state, ids: on };
    else if (name === "trace-time") state = { ...state, times: on };
    else if (name === "trace-config") state = { ...state, ...configured(value) };
  }
  const { form, to, ids, times } = state;
  return form === undefined ? undefined : { form, to, ids, times };
}

/** Each v behind the first one of a word tells more. A new word starts anew. */
function moreVerbose(state: State): State {
  const level = state.level + 1;
  if (level === 1) return { ...state, level, form: "plain", to: "%" };
  if (level === 2) return { ...state, level, ids: true, times: true };
  return { ...state, level, form: "ascii" };
}

/** `ids,time`, `all`, `-all`. Other words name parts of curl that tell nothing here. */
function configured(words: string): Partial<State> {
  const result: Partial<State> = {};
  for (const [, sign, word] of words.toLowerCase().matchAll(/([-+]?)([^\s,]+)/g)) {
    const on = sign !== "-";
    if (word === "ids" || word === "all") result.ids = on;
    if (word === "time" || word === "all") result.times = on;
  }
  return result;
}
