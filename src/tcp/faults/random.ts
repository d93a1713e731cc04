/**
 * A number in [0, 1) for a place: an offset, or the number of a message. `draw` tells several numbers for one place apart.
 *
 * A hash and no sequence: the same place has the same number, in whatever order and however often faults ask, and however
 * the bytes were cut.
 */
export type RandomOf = (place: number, draw?: number) => number;

/**
 * The random numbers of one fault on one connection, in one direction. All that is random comes from the seed by this
 * function.
 */
export function randomOf(seed: number, connection: number, direction: string, fault: string): RandomOf {
  let key = mixed(hashOf(`${direction}:${fault}`), seed);
  key = mixed(key, seed / 2 ** 32);
  key = mixed(key, connection);
  return (place, draw = 0) => mixed(mixed(mixed(key, place), place / 2 ** 32), draw) / 2 ** 32;
}

/** The finalizer of splitmix32: a change of one bit of `value` changes half of the result. */
function mixed(state: number, value: number): number {
  let z = (Math.imul(state, 0x9e3779b1) + Math.trunc(value) + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/** FNV-1a over the UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
