/** The root of the repository, whether the tests run from `test/` (types stripped) or from `build/test/`. */
export const ROOT = new URL(import.meta.url.endsWith(".ts") ? "../../" : "../../../", import.meta.url);
