/** One counter for each branch of `src/`; the build puts `hits[n]++` where the branch begins. They wrap at 256. */
export const hits = new Uint8Array(1 << 14);
