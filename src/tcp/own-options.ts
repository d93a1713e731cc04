/**
 * A copy of the options without a prototype: a property that somebody managed to put on `Object.prototype` (prototype
 * pollution) cannot become an option. Where several objects set an option, the last one wins.
 */
export function ownOptions<Options extends object>(
  options: Options,
  ...more: (Partial<Options> | undefined)[]
): Options {
  return Object.assign(Object.create(null) as Options, options, ...more);
}
