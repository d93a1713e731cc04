/**
 * Calls `last` when this thread's program ends, ahead of its own exit listeners and behind them. Not as a listener: the
 * program may count its listeners, and Node warns of the eleventh. `last` must not throw.
 */
export function atExit(last: () => void): void {
  const emit = process.emit as (...args: unknown[]) => boolean;
  Object.defineProperty(process, "emit", {
    value: function (this: unknown, ...args: unknown[]): boolean {
      if (args[0] !== "exit") return emit.apply(this, args);
      // A listener may call process.exit, and then nothing behind it runs.
      last();
      const heard = emit.apply(this, args);
      last();
      return heard;
    },
    configurable: true,
    writable: true,
    enumerable: false,
  });
}
