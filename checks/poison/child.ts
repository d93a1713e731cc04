// The server in a process of its own. It prints its port, and ends when its stdin ends.
import type { AddressInfo } from "node:net";
import { poisonServer } from "./server.ts";

const server = await poisonServer();
console.log((server.address() as AddressInfo).port);
process.stdin.on("end", () => process.exit()).resume();
