/** What all servers of the benchmark answer with. */
export const HELLO = "Hello, world!";
