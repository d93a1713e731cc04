/**
 * The shortest text found that still has a property. It leaves out smaller and smaller pieces (delta debugging, Zeller
 * and Hildebrandt 2002).
 */
export async function minimise(text: string, has: (text: string) => Promise<boolean>): Promise<string> {
  let shortest = text;
  for (let size = Math.ceil(text.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < shortest.length; ) {
      const shorter = shortest.slice(0, at) + shortest.slice(at + size);
      if (await has(shorter)) shortest = shorter;
      else at += size;
    }
  }
  return shortest;
}
