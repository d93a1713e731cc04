/**
 * The options as they were given, and nothing else: what somebody managed to put on `Object.prototype` (prototype
 * pollution) is no option, not even one that nobody gave. Of several, the later ones win.
 */
export function ownOptions<Options extends object>(
  options: Options,
  ...more: (Partial<Options> | undefined)[]
): Options {
  return Object.assign(Object.create(null) as Options, options, ...more);
}
