// What is tested in resume.test.ts: an ordinary client of node:http that knows nothing of the tests.
import { get } from "node:http";

/** Downloads a file. If it breaks off, the client asks once more, for what is missing. */
export async function download(url: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  try {
    await receive(url, pieces);
  } catch {
    const have = Buffer.concat(pieces).length;
    await receive(url, pieces, { Range: `bytes=${have}-` });
  }
  return Buffer.concat(pieces);
}

function receive(url: string, pieces: Buffer[], headers = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (response) => {
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", resolve);
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}
