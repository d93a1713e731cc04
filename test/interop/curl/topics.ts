import type { Topic } from "./case.ts";
import { BASICS } from "./cases/basics.ts";

/** Every case, in the order of docs/curl.md. */
export const TOPICS: readonly Topic[] = [BASICS];
