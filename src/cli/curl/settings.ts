import { parseCountOrNone, parseSeconds, parseSize } from "./numbers.ts";
import { CURL_OPTIONS, type OptionName } from "./table.ts";

/** One option as it was given. */
export interface Given {
  readonly name: OptionName;
  /** "" for a switch. */
  readonly value: string;
  /** `false`: a switch was turned off by --no-NAME. */
  readonly on: boolean;
  /** Of a URL from a file: without -o, the content goes to a file that is named as in the URL. */
  readonly named?: true;
}

/** The options for the URLs between two --next. The last one of a kind counts, unless the kind adds up. */
export class Settings {
  /** In their order. URLs are among them. */
  readonly given: readonly Given[];

  constructor(given: readonly Given[]) {
    this.given = given;
  }

  /** Whether a switch is on, or an option was given. */
  on(name: OptionName): boolean {
    return this.given.findLast((option) => option.name === name)?.on ?? false;
  }

  /** The last value. */
  value(name: OptionName): string | undefined {
    return this.given.findLast((option) => option.name === name)?.value;
  }

  values(name: OptionName): string[] {
    return this.given.filter((option) => option.name === name).map(({ value }) => value);
  }

  /** The last of some options that stand in for each other. */
  last(...names: readonly OptionName[]): Given | undefined {
    return this.given.findLast(({ name }) => names.includes(name));
  }

  /** A whole number. The parser has checked the value. */
  count(name: OptionName): number | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : parseCountOrNone(value);
  }

  /** Bytes, of a value such as 100k. The parser has checked the value. */
  size(name: OptionName): number | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : parseSize(value);
  }

  /** Seconds as milliseconds. 0 and no value: no limit. The parser has checked the value. */
  milliseconds(name: OptionName): number | undefined {
    const value = this.value(name);
    const ms = value === undefined ? 0 : parseSeconds(value);
    return ms > 0 ? ms : undefined;
  }
}

/** The options that hold for the whole command line, wherever they stand. */
export function globalSettings(operations: readonly Settings[]): Settings {
  return new Settings(
    operations.flatMap(({ given }) => given.filter(({ name }) => CURL_OPTIONS[name].global)),
  );
}
