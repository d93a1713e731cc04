import { type Clock, systemClock } from "../clock.ts";
import type { ByteSink, CloseReason, TcpConnection } from "../connection.ts";
import { TransportError } from "../errors.ts";
import { observe } from "../observer.ts";
import type { ConnectionFaults, FaultHit } from "./connection-faults.ts";
import type { FaultSet } from "./fault-set.ts";
import type { Passage } from "./passage.ts";
import type { Direction } from "./places.ts";
import type { Outcome } from "./work.ts";

/**
 * Joins a client and a server as `relay` does, with the faults of a set between them. While no fault acts on a direction,
 * its bytes go straight on.
 *
 * @param number the number of the connection in the set.
 */
export function relayWithFaults(
  client: TcpConnection,
  server: TcpConnection,
  set: FaultSet,
  number: number,
  clock: Clock = systemClock,
): void {
  const onHit = ({ direction, fault, text, start, end }: FaultHit): void =>
    observe((direction === "up" ? client : server).observer, { kind: "fault", fault, text, start, end });
  const faults = set.open(number, onHit);
  const both = new BothLanes(client, server, faults, clock);
  const forget = set.onChange(() => both.change());
  void Promise.all([client.closed, server.closed]).then(() => {
    forget();
    both.stop();
  });
}

/** The two directions of a connection, which end together. */
class BothLanes {
  readonly #client: TcpConnection;
  readonly #server: TcpConnection;
  readonly #faults: ConnectionFaults;
  readonly #clock: Clock;
  readonly #up: Lane;
  readonly #down: Lane;

  constructor(client: TcpConnection, server: TcpConnection, faults: ConnectionFaults, clock: Clock) {
    this.#client = client;
    this.#server = server;
    this.#faults = faults;
    this.#clock = clock;
    this.#up = new Lane("up", client, server, faults, clock, this);
    this.#down = new Lane("down", server, client, faults, clock, this);
    client.attach(this.#up);
    server.attach(this.#down);
    this.#up.move();
    this.#down.move();
  }

  /** The lane that leads the other way. */
  back(lane: Lane): Lane {
    return lane === this.#up ? this.#down : this.#up;
  }

  change(): void {
    this.#faults.change(this.#clock.now());
    this.#up.move();
    this.#down.move();
  }

  /** Ends both connections, behind what was sent on. */
  close(): void {
    this.stop();
    void this.#client[Symbol.asyncDispose]();
    void this.#server[Symbol.asyncDispose]();
  }

  reset(error: Error): void {
    this.stop();
    this.#client.abort(error);
    this.#server.abort(error);
  }

  stop(): void {
    this.#up.stop();
    this.#down.stop();
  }
}

/** One direction: what the sender sends goes through its passage to the receiver. It is the sender's sink. */
class Lane implements ByteSink {
  readonly #direction: Direction;
  readonly #sender: TcpConnection;
  readonly #receiver: TcpConnection;
  readonly #faults: ConnectionFaults;
  readonly #passage: Passage;
  readonly #clock: Clock;
  readonly #both: BothLanes;
  #isStraight: boolean;
  /** The receiver takes nothing until it has drained. */
  #isBlocked = false;
  /** Both connections are ending, or the sender has vanished: nothing moves any more. */
  #isStopped = false;
  #senderEnded = false;
  #senderClosed = false;
  #senderError: Error | undefined;
  #receiverClosed = false;
  #cancelTimer: (() => void) | undefined;

  constructor(
    direction: Direction,
    sender: TcpConnection,
    receiver: TcpConnection,
    faults: ConnectionFaults,
    clock: Clock,
    both: BothLanes,
  ) {
    this.#direction = direction;
    this.#sender = sender;
    this.#receiver = receiver;
    this.#faults = faults;
    this.#passage = faults.passage(direction);
    this.#clock = clock;
    this.#both = both;
    this.#isStraight = faults.isIdle(direction);
  }

  onBytes(bytes: Uint8Array): void {
    if (this.#isStopped) return;
    if (!this.#isStraight) {
      this.#faults.receive(this.#direction, bytes, this.#clock.now());
      this.move();
      return;
    }
    this.#passage.skip(bytes.length);
    if (this.#receiver.send(bytes)) return;
    this.#isBlocked = true;
    this.#sender.pause();
  }

  onEnd(): void {
    this.#senderEnded = true;
    if (this.#isStopped) return;
    if (this.#isStraight) void this.#receiver.end();
    else {
      this.#faults.end(this.#direction, "end", this.#clock.now());
      this.move();
    }
  }

  /** The sender has room again for what comes the other way. */
  onDrain(): void {
    this.#both.back(this).unblock();
  }

  onClose({ how, error }: CloseReason): void {
    this.#senderClosed = true;
    this.#senderError = error;
    this.#both.back(this).#loseReceiver();
    if (this.#isStopped) return;
    if (this.#isStraight) {
      if (how === "end") void this.#receiver[Symbol.asyncDispose]();
      else this.#receiver.abort(error);
      return;
    }
    // We ended the sender ourselves, as a proxy that stops does: nobody is left to hold bytes for.
    if (how === "abort") {
      this.#both.reset(error ?? byFault("the proxy ended the connection"));
      return;
    }
    // A reset by the peer waits its turn behind the bytes, as it would on a slow way.
    if (how !== "end") this.#faults.end(this.#direction, "reset", this.#clock.now());
    this.move();
  }

  unblock(): void {
    this.#isBlocked = false;
    if (this.#isStraight) this.#sender.resume();
    else this.move();
  }

  #loseReceiver(): void {
    this.#receiverClosed = true;
    this.#isBlocked = false;
    this.move();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** Sends on what is due, sets the timer for the rest, and lets the sender wait where too much is held. */
  move(): void {
    if (this.#isStopped) return;
    while (!this.#isBlocked) {
      const what = this.#passage.next(this.#clock.now());
      if (what === undefined) break;
      this.#do(what);
      if (this.#isStopped) return;
    }
    this.#isStraight = this.#faults.isIdle(this.#direction);
    this.#setTimer();
    if (this.#isBlocked || this.#passage.full) this.#sender.pause();
    else this.#sender.resume();
    this.#endWithSender();
  }

  #do(what: Outcome): void {
    switch (what.kind) {
      case "bytes":
        if (!this.#receiverClosed && !this.#receiver.send(what.bytes))
          this.#isBlocked = !this.#receiverClosed;
        return;
      case "end":
        if (!this.#receiverClosed) void this.#receiver.end();
        return;
      case "close":
        this.#both.close();
        return;
      case "reset":
        this.#both.reset(this.#senderError ?? byFault("a fault reset the connection"));
        return;
      case "vanish":
        this.#both.stop();
        this.#receiver.pause();
        this.#sender.abort(byFault("a fault let the sender vanish"));
        return;
      default:
        what satisfies never;
    }
  }

  #setTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const now = this.#clock.now();
    const due = this.#passage.due(now);
    if (this.#isBlocked || due === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#clock.after(due - now, () => {
      this.#cancelTimer = undefined;
      this.move();
    });
  }

  /**
   * The sender is gone. The receiver goes once everything has been passed on, or if nothing ever will be and the receiver
   * itself has ended.
   */
  #endWithSender(): void {
    if (!this.#senderClosed || this.#isBlocked) return;
    const isStuck = this.#passage.due(this.#clock.now()) === Number.POSITIVE_INFINITY;
    if (this.#passage.ended || (isStuck && this.#both.back(this).#senderEnded))
      void this.#receiver[Symbol.asyncDispose]();
  }
}

function byFault(message: string): TransportError {
  return new TransportError("ABORTED", "read", message);
}
