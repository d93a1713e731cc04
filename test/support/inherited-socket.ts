/**
 * A listening socket to pass on, as a supervisor has it: bound, and not accepting. Node has no public function for
 * this, but its internals have.
 */
export interface InheritedSocket {
  readonly fd: number;
  readonly port: number;
  close(): void;
}

interface TcpHandle {
  readonly fd: number;
  bind(host: string, port: number): number;
  getsockname(out: object): number;
  close(): void;
}

interface TcpBinding {
  readonly TCP: new (type: number) => TcpHandle;
  readonly constants: { readonly SERVER: number };
}

export function boundSocket(): InheritedSocket {
  const { binding } = process as unknown as { binding(name: "tcp_wrap"): TcpBinding };
  const { TCP, constants } = binding("tcp_wrap");
  const handle = new TCP(constants.SERVER);
  const error = handle.bind("127.0.0.1", 0);
  if (error !== 0) throw new Error(`bind: ${error}`);
  const name: { port?: number } = {};
  handle.getsockname(name);
  return { fd: handle.fd, port: name.port ?? 0, close: () => handle.close() };
}
