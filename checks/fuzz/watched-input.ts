/** The input that a worker is running, in memory that both threads see. */
export interface WatchedInput {
  /** The number of inputs so far, and the length of this one. */
  readonly head: Int32Array;
  readonly bytes: Uint8Array;
}

export function watchedInput(maxBytes: number): WatchedInput {
  return {
    head: new Int32Array(new SharedArrayBuffer(8)),
    bytes: new Uint8Array(new SharedArrayBuffer(maxBytes)),
  };
}

export function note({ head, bytes }: WatchedInput, data: Uint8Array): void {
  bytes.set(data);
  head[1] = data.length;
  Atomics.add(head, 0, 1);
}

/** The number of inputs so far. */
export const countOf = ({ head }: WatchedInput): number => Atomics.load(head, 0);

export const inputOf = ({ head, bytes }: WatchedInput): Uint8Array => bytes.slice(0, head[1]);
