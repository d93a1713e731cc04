import type { Address } from "./address.ts";

/** What happens to a connection besides its bytes. */
export type ConnectionEvent =
  | { readonly kind: "resolve"; readonly host: string; readonly addresses: readonly string[] }
  | { readonly kind: "attempt"; readonly remote: Address }
  | { readonly kind: "attempt-failed"; readonly remote: Address; readonly error: string }
  | { readonly kind: "connected"; readonly local: Address; readonly remote: Address }
  | { readonly kind: "accepted"; readonly local: Address; readonly remote: Address }
  | {
      readonly kind: "tls";
      readonly protocol: string;
      readonly cipher: string;
      readonly alpn: string | undefined;
    }
  /** `bytes` were read from the kernel, or handed to it. They alias live buffers: copy what you keep. */
  | { readonly kind: "read" | "write"; readonly bytes: Uint8Array }
  | { readonly kind: "pause" | "resume" | "drain" }
  | { readonly kind: "peer-end" | "end" }
  | { readonly kind: "abort" | "peer-abort" }
  | { readonly kind: "closed"; readonly how: string; readonly bytesIn: number; readonly bytesOut: number }
  | { readonly kind: "error"; readonly code: string; readonly message: string };

/** Watches one connection. On a TLS connection it sees the bytes inside the encryption. */
export interface TcpObserver {
  connection(event: ConnectionEvent): void;
}
