import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";

/** Long enough for a machine that does much else. */
const GIVE_UP_MS = 60_000;

/** Starts a server and waits until it takes connections. */
export async function startDaemon(
  program: string,
  args: readonly string[],
  port: number,
  user: { readonly uid?: number; readonly gid?: number } = {},
): Promise<ChildProcess> {
  const child = spawn(program, args, { ...user, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const output of [child.stdout, child.stderr]) output?.on("data", (chunk: Buffer) => (said += chunk));
  const deadline = performance.now() + GIVE_UP_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) break;
    const socket = net.connect(port, "127.0.0.1");
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected && child.exitCode === null) return child;
    // Servers have no common way to say that they listen.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill("SIGKILL");
  throw new Error(`${program} does not listen on ${port}: ${said}`);
}

export async function stopDaemon(
  child: ChildProcess | undefined,
  signal: NodeJS.Signals = "SIGTERM",
): Promise<void> {
  if (child === undefined || child.exitCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}
