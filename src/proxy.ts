/** A proxy between any two programs: every byte of both hops can be watched. */
export type { ForwardPolicy } from "./proxy/forward.ts";
export { ownCertificate } from "./proxy/own-certificate.ts";
export { createProxy, type ProxyOptions, type ProxyServer, type UpstreamFailure } from "./proxy/proxy.ts";
