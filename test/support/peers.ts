import { findPeer, peerPackages } from "../../tools/peers.js";

/**
 * The path of a real program that a test talks to.
 *
 * @throws {Error} naming the Debian package if the program is missing. The set-up installs the programs, so a test
 * without its peer fails instead of passing silently.
 */
export function requirePeer(program: keyof typeof peerPackages): string {
  const path = findPeer(program);
  if (path === undefined) {
    throw new Error(`${program} is not installed: apt-get install ${peerPackages[program]}`);
  }
  return path;
}
