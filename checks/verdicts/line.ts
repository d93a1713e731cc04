import { ask } from "./ask.ts";
import {
  type Client,
  deliver,
  nodeClient,
  platformFetch,
  undiciClients,
  wirepaneClient,
  wirepaneFetch,
} from "./clients.ts";
import { type Row, readRows, requestsIn } from "./rows.ts";
import { nodeOrigin, wirepaneOrigin } from "./servers.ts";

/** The verdicts of one program on one Node, by the id of the row. */
export type Verdicts = Record<string, string>;

/** The verdicts of all programs that run on one line of Node, by their names. */
export interface NodeLine {
  readonly version: string;
  readonly requests: Readonly<Record<string, Verdicts>>;
  readonly responses: Readonly<Record<string, Verdicts>>;
}

/** How long a server may say nothing. For our server silence is a fault, for another it is a verdict. */
const PATIENCE_MS = { ours: 5000, peers: 700 };
const ROWS_AT_ONCE = 16;

/** Runs every row on this Node. */
export async function runLine(withPeers: boolean): Promise<NodeLine> {
  const rows = readRows();
  const requests = rows.filter(({ reads }) => reads === "request");
  const responses = rows.filter(({ reads }) => reads === "response");
  const delivered = (open: (row: Row) => Client) => each(responses, (row) => deliver(open(row), row));
  const ours = {
    requests: { wirepane: await askWirepane(requests) },
    responses: {
      wirepane: await delivered(wirepaneClient),
      "wirepane fetch": await delivered(wirepaneFetch),
    },
  };
  const version = process.versions.node;
  if (!withPeers) return { version, ...ours };
  await using node = await nodeOrigin();
  return {
    version,
    requests: {
      ...ours.requests,
      "node:http": await each(requests, (row) => ask(node.port, row, PATIENCE_MS.peers)),
    },
    responses: {
      ...ours.responses,
      "node:http": await delivered(nodeClient),
      fetch: await delivered(platformFetch),
      undici: await delivered(await undiciClients()),
    },
  };
}

/** Gets the verdict on every row, some rows at a time. */
export async function each(
  rows: readonly Row[],
  verdictOn: (row: Row) => Promise<string>,
): Promise<Verdicts> {
  const verdicts: Verdicts = {};
  const queue = [...rows];
  const work = async () => {
    for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
      verdicts[row.id] = await verdictOn(row);
    }
  };
  await Promise.all(Array.from({ length: ROWS_AT_ONCE }, work));
  return verdicts;
}

export const askPeer = (port: number, row: Row): Promise<string> => ask(port, row, PATIENCE_MS.peers);

/**
 * Our server must give the right answer, and its handler must see what the events of the case say: every complete
 * request with its content, and no other request.
 */
async function askWirepane(rows: readonly Row[]): Promise<Verdicts> {
  return each(rows, async (row) => {
    const seen: string[] = [];
    await using origin = await wirepaneOrigin((request) => seen.push(request));
    const verdict = await ask(origin.port, row, PATIENCE_MS.ours);
    const statuses = verdict.split(" ").filter((word) => /^[2-5]\d\d$/.test(word));
    const expected = requestsIn(row.wire).filter((_, index) => statuses[index] === "200");
    const fromRow = seen.filter((request) => !request.startsWith("GET /probe "));
    if (fromRow.join("\n") === expected.join("\n")) return verdict;
    return `${verdict}, though the handler saw ${fromRow.join(", ") || "nothing"}`;
  });
}
