/** By length: no two of these names have the same length. */
const CONTROLS = new Array<string | undefined>(18).fill(undefined);
for (const name of ["connection", "content-length", "expect", "transfer-encoding", "upgrade"]) {
  CONTROLS[name.length] = name;
}

/** Whether a field of this name says how the message ends, or how the connection goes on. */
export function isControl(name: string): boolean {
  const control = CONTROLS[name.length];
  return (
    control !== undefined &&
    (name.charCodeAt(0) | 0x20) === control.charCodeAt(0) &&
    name.toLowerCase() === control
  );
}
