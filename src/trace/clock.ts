/** Nanoseconds on a clock that never goes back. Not `performance.now()`: Node loads many modules at its first use. */
export const nanoseconds = (): number => Number(process.hrtime.bigint());
