/** The answer of all servers of the benchmark. */
export const HELLO = "Hello, world!";
