// The server in a process of its own: prints its port, ends with its stdin.
import type { AddressInfo } from "node:net";
import { poisonServer } from "./server.ts";

const server = await poisonServer();
console.log((server.address() as AddressInfo).port);
process.stdin.on("end", () => process.exit()).resume();
