// Takes what watched programs tell, and records it, in a process of its own. Prints the path of its socket.

import { recordTrace } from "wirepane";
import { receiveFromPrograms } from "wirepane/watch";

const recorder = recordTrace({ maxBytes: 64 * 1024, onRecord: () => {} });
const receiver = await receiveFromPrograms((role) => recorder.observe(role));
process.on("SIGTERM", async () => {
  await receiver.close();
  process.exit();
});
console.log(receiver.path);
