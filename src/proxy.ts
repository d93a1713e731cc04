/** A proxy between any two programs: every byte of both hops can be watched. */
export { type AdminOptions, createFleet, type NewProxy, type ProxyFleet } from "./proxy/admin.ts";
export { AdminError, type AdminErrorCode } from "./proxy/admin-errors.ts";
export type { FleetOptions, FleetProxy } from "./proxy/admin-fleet.ts";
export type { FaultOptions } from "./proxy/fault-options.ts";
export type { ForwardPolicy } from "./proxy/forward.ts";
export { ownCertificate } from "./proxy/own-certificate.ts";
export { createProxy, type ProxyOptions, type ProxyServer, type UpstreamFailure } from "./proxy/proxy.ts";
export type { Fault, FaultStream } from "./tcp/faults/fault.ts";
export { FaultError } from "./tcp/faults/fault-error.ts";
export { parseFaults } from "./tcp/faults/fault-file.ts";
export type { Faults, ListedFault } from "./tcp/faults/faults.ts";
export { FAULT_TYPES } from "./tcp/faults/kinds.ts";
export { formatFault, parseFault } from "./tcp/faults/text.ts";
export type { Range, When, WhenEvent } from "./tcp/faults/when.ts";
export type { Attributes } from "./tcp/faults/work.ts";
