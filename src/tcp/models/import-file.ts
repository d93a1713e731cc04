/**
 * Loads the module at a URL. In the bundled command this is a file of its own: in all others every `import()` is a call of
 * `require`, which takes no URLs and not every ES module (tools/build.js).
 */
export const importFile = (url: string): Promise<Readonly<Record<string, unknown>>> => import(url);
