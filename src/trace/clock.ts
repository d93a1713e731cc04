/** Nanoseconds of the platform's monotonic clock. */
export const nanoseconds = (): number => Math.round(performance.now() * 1e6);
