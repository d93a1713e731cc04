import { findPeer, peerPackages } from "../../tools/peers.js";

/**
 * The path of a real program that a test talks to.
 *
 * @throws {Error} naming the Debian package when the program is missing: the test set-up installs it, so a
 * test without its peer fails instead of passing by silence.
 */
export function requirePeer(program: keyof typeof peerPackages): string {
  const path = findPeer(program);
  if (path === undefined) {
    throw new Error(`${program} is not installed: apt-get install ${peerPackages[program]}`);
  }
  return path;
}
