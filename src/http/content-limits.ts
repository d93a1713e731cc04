/** How many bytes of content may wait in memory for their reader. With more, the socket is paused. */
export const MAX_QUEUED_BYTES = 64 * 1024;

/** How many bytes of unwanted content are read and dropped, so that the connection can be used again. */
export const MAX_DISCARDED_BYTES = 64 * 1024;

/** A message whose content is read and dropped. */
export interface Discarding {
  discardedBytes: number;
}

/** Counts dropped content. `false`: there was too much of it, and the connection has to end. */
export function countDiscarded(message: Discarding, bytes: number): boolean {
  message.discardedBytes += bytes;
  return message.discardedBytes <= MAX_DISCARDED_BYTES;
}
