import { signal } from "@preact/signals";
import {
  compareModels,
  mayPlay,
  type PlayServer,
  runs,
  sendClients,
  servers,
  startServer,
  stopServer,
} from "./playing.ts";
import { useFocus } from "./use-focus.ts";
import { WhoWaits } from "./who-waits.tsx";

const MODELS = [
  ["sequential", "sequential: one client at a time"],
  ["event-loop", "event loop: one thread for all"],
  ["threads", "threads"],
  ["processes", "processes"],
] as const;

const kind = signal<PlayServer["kind"]>("echo");
const model = signal<PlayServer["model"]>("sequential");
const workers = signal(2);
const count = signal(4);
const slow = signal(1);
const slowMs = signal(2_000);
const targetId = signal<number | undefined>(undefined);
/** What is being done, and what went wrong last. */
const busy = signal("");
const problem = signal("");

/** The server that clients are sent to: the chosen one, or the last that was started. */
const target = (): PlayServer | undefined =>
  servers.value.find(({ id }) => id === targetId.value) ?? servers.value.at(-1);

/** Shows what is being done, and why it failed if it did. */
async function doing(words: string, work: () => Promise<unknown>): Promise<void> {
  busy.value = words;
  problem.value = "";
  try {
    await work();
  } catch (error) {
    problem.value = error instanceof Error ? error.message : String(error);
  }
  busy.value = "";
}

/** Servers and clients, and the picture of who waits for whom. */
export function Servers() {
  if (!mayPlay.value)
    return (
      <p class="empty">
        This page only looks on: nothing here can start a server. Run <code>wirepane lab</code> and open the
        URL that it prints. Compose explains what you type, and Step works here, too.
      </p>
    );
  return (
    <div class="servers-pane">
      <div class="servers-side">
        <StartForm />
        <ServerList />
        <ClientsForm />
        <p role="status" class="quiet">
          {busy.value}
        </p>
        {problem.value !== "" && (
          <p role="alert" class="bad">
            {problem.value}
          </p>
        )}
      </div>
      <div class="servers-pictures">
        {runs.value.length === 0 ? <Invitation /> : <WhoWaits runs={runs.value} />}
      </div>
    </div>
  );
}

function Invitation() {
  return (
    <div class="empty">
      <p>
        <b>Who waits?</b> Send some clients to a server, and let one of them be slow. Each client gets a row
        here, with its time from left to right: connecting, waiting for the server, being served, or silent
        itself.
      </p>
      <p>
        Begin with <b>compare sequential with threads</b>: the same clients go to two servers, and the
        difference shows.
      </p>
    </div>
  );
}

function StartForm() {
  const first = useFocus<HTMLSelectElement>();
  const models = MODELS.filter(
    ([name]) => kind.value === "echo" || name === "sequential" || name === "event-loop",
  );
  const hasWorkers = model.value === "threads" || model.value === "processes";
  return (
    <form
      class="row"
      aria-label="start a server"
      onSubmit={(event) => {
        event.preventDefault();
        void doing("starting the server…", async () => {
          targetId.value = (await startServer(kind.value, model.value, workers.value)).id;
        });
      }}
    >
      <select
        ref={first}
        aria-label="what it serves"
        value={kind.value}
        onChange={(event) => {
          kind.value = event.currentTarget.value as PlayServer["kind"];
          if (kind.value === "http" && hasWorkers) model.value = "event-loop";
        }}
      >
        <option value="echo">echo server</option>
        <option value="http">HTTP server</option>
      </select>
      <select
        aria-label="concurrency model"
        value={model.value}
        onChange={(event) => {
          model.value = event.currentTarget.value as PlayServer["model"];
        }}
      >
        {models.map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
      {hasWorkers && <NumberField label={model.value} value={workers} least={1} most={8} />}
      <button type="submit" disabled={busy.value !== ""}>
        start
      </button>
    </form>
  );
}

function ServerList() {
  if (servers.value.length === 0)
    return <p class="quiet">No server runs. Start one: it listens on a free port of this machine.</p>;
  const chosenId = target()?.id;
  return (
    <fieldset class="server-list">
      <legend>Servers that run. Clients go to the chosen one.</legend>
      {servers.value.map((server) => (
        <div class="row" key={server.id}>
          <label title={server.mechanism}>
            <input
              type="radio"
              name="target"
              checked={server.id === chosenId}
              onChange={() => {
                targetId.value = server.id;
              }}
            />{" "}
            <b>{nameOf(server)}</b> <small>{`${server.host}:${server.port}`}</small>
          </label>
          <button
            type="button"
            aria-label={`stop the ${nameOf(server)} server on port ${server.port}`}
            onClick={() => void doing("stopping the server…", () => stopServer(server))}
          >
            stop
          </button>
        </div>
      ))}
    </fieldset>
  );
}

/** How a server is called here: "echo, threads × 2". */
export const nameOf = (server: PlayServer): string =>
  `${server.kind === "http" ? "HTTP" : "echo"}, ${server.model}${server.workers > 0 ? ` × ${server.workers}` : ""}`;

function ClientsForm() {
  const asked = () => ({
    count: count.value,
    slow: Math.min(slow.value, count.value),
    slowMs: slowMs.value,
  });
  const server = target();
  return (
    <form
      aria-label="send clients"
      onSubmit={(event) => {
        event.preventDefault();
        if (server !== undefined) void doing("connecting the clients…", () => sendClients(server, asked()));
      }}
    >
      <div class="row">
        <NumberField label="clients" value={count} least={1} most={50} />
        <NumberField label="slow ones" value={slow} least={0} most={50} />
        <NumberField label="silent for ms" value={slowMs} least={0} most={10_000} step={100} />
      </div>
      <div class="row">
        <button type="submit" disabled={server === undefined || busy.value !== ""}>
          send clients
        </button>
        <button
          type="button"
          disabled={busy.value !== ""}
          onClick={() =>
            void doing("connecting the clients…", () => compareModels(["threads", "sequential"], asked()))
          }
        >
          compare sequential with threads
        </button>
      </div>
    </form>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: { value: number };
  readonly least: number;
  readonly most: number;
  readonly step?: number;
}

function NumberField({ label, value, least, most, step = 1 }: NumberFieldProps) {
  return (
    <label class="number">
      <span>{label}</span>
      <input
        type="number"
        min={least}
        max={most}
        step={step}
        value={value.value}
        onInput={(event) => {
          const number = event.currentTarget.valueAsNumber;
          if (Number.isInteger(number)) value.value = number;
        }}
      />
    </label>
  );
}
