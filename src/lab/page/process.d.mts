// trace/clock.ts is Node's clock. The page hands the recorder a clock of its own, and never calls it.
declare global {
  const process: { readonly hrtime: () => [number, number] };
}

export {};
