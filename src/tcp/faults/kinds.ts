import { acceptStall } from "./accept-stall.ts";
import { backlogFull } from "./backlog-full.ts";
import { bandwidth } from "./bandwidth.ts";
import { closeAfterResponse } from "./close-after-response.ts";
import { corrupt } from "./corrupt.ts";
import { cut } from "./cut.ts";
import { delayHead } from "./delay-head.ts";
import { drop } from "./drop.ts";
import { duplicate } from "./duplicate.ts";
import { halfOpen } from "./half-open.ts";
import { latency } from "./latency.ts";
import { limitData } from "./limit-data.ts";
import { refuse } from "./refuse.ts";
import { resetPeer } from "./reset-peer.ts";
import { respond } from "./respond.ts";
import { slicer } from "./slicer.ts";
import { slowClose } from "./slow-close.ts";
import { slowLines } from "./slow-lines.ts";
import { stall } from "./stall.ts";
import { timeout } from "./timeout.ts";
import type { FaultKind } from "./work.ts";

/** The table of faults. The text, the API, the documentation and the tests read it. */
export const FAULT_KINDS: readonly FaultKind[] = [
  // toxiproxy's.
  latency,
  bandwidth,
  slowClose,
  timeout,
  resetPeer,
  slicer,
  limitData,
  // Bytes.
  corrupt,
  duplicate,
  drop,
  stall,
  cut,
  halfOpen,
  // Whole connections.
  refuse,
  acceptStall,
  backlogFull,
  // HTTP.
  delayHead,
  slowLines,
  respond,
  closeAfterResponse,
];

/** Every fault with what it does, in a few words. */
export const FAULT_TYPES: readonly { readonly type: string; readonly summary: string }[] = FAULT_KINDS.map(
  ({ type, summary }) => ({ type, summary }),
);
