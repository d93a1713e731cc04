/** A server on the socket that it was given as descriptor 3. Told to stop, it ends as the command does. */
import { serve } from "../../src/index.ts";

const server = await serve({ fd: 3, handler: () => ({ body: `${process.pid}` }) });
process.once("SIGTERM", async () => {
  const { drained } = await server.stop();
  process.exit(drained ? 0 : 1);
});
process.send?.(server.address);
