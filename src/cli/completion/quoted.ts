/** A word in single quotes, for a shell: a quote in it ends them, stands for itself, and begins them anew. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
