import { useLayoutEffect, useRef } from "preact/hooks";

/** Gives the focus to an element when it appears: a pane that a key opens is used by keys. */
export function useFocus<T extends HTMLElement>() {
  const ref = useRef<T>(null);
  useLayoutEffect(() => ref.current?.focus({ preventScroll: true }), []);
  return ref;
}
