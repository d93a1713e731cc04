import {
  type AuthenticationScheme,
  type Authenticator,
  createAuthenticator,
  nodeDigestMeans,
  type ProxyAuthenticator,
  type ProxyOptions,
} from "../../http.ts";
import type { Lane } from "./lane.ts";
import type { Settings } from "./settings.ts";
import type { Transfer } from "./transfer.ts";

/** What a transfer tells a proxy of its user. A nonce is of one transfer, as in curl. */
const logins = new WeakMap<Transfer, Map<string, Authenticator>>();

/** The login of a transfer at a proxy. `undefined`: there is no user. */
export function loginAt(proxy: ProxyOptions, transfer: Transfer): Authenticator | undefined {
  const { user, password = "" } = proxy;
  if (user === undefined) return undefined;
  const ofTransfer = logins.get(transfer) ?? new Map<string, Authenticator>();
  logins.set(transfer, ofTransfer);
  const key = keyOf(proxy, transfer);
  const login =
    ofTransfer.get(key) ??
    createAuthenticator(
      { user, password, schemes: schemesOf(transfer.plan.settings), retryReusedNonce: false },
      nodeDigestMeans(),
    );
  ofTransfer.set(key, login);
  return login;
}

export function schemesOf(settings: Settings): readonly AuthenticationScheme[] {
  if (settings.on("proxy-anyauth")) return ["digest", "basic"];
  return settings.on("proxy-digest") ? ["digest"] : ["basic"];
}

const keyOf = ({ scheme, host, port, user, password }: ProxyOptions, { plan }: Transfer): string =>
  JSON.stringify([scheme, host, port, user, password, schemesOf(plan.settings)]);

/** Stands for the login of whatever transfer uses a lane: a tunnel with the same user is the same tunnel for a pool. */
class TunnelLogin implements ProxyAuthenticator {
  login: Authenticator;

  constructor(login: Authenticator) {
    this.login = login;
  }

  authorization(method: string, target: string): string | undefined {
    return this.login.authorization(method, target);
  }

  challenged(fieldValues: readonly string[], sent?: string): boolean {
    return this.login.challenged(fieldValues, sent);
  }
}

const tunnelLogins = new WeakMap<Lane, Map<string, TunnelLogin>>();

/** The login for CONNECT. */
export function tunnelLoginAt(proxy: ProxyOptions, transfer: Transfer): ProxyAuthenticator | undefined {
  const login = loginAt(proxy, transfer);
  if (login === undefined) return undefined;
  const ofLane = tunnelLogins.get(transfer.lane) ?? new Map<string, TunnelLogin>();
  tunnelLogins.set(transfer.lane, ofLane);
  const key = keyOf(proxy, transfer);
  const known = ofLane.get(key);
  if (known !== undefined) {
    known.login = login;
    return known;
  }
  const made = new TunnelLogin(login);
  ofLane.set(key, made);
  return made;
}
