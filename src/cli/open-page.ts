import { spawn } from "node:child_process";

/** The program that opens a URL in the user's browser; `undefined` where there is no desktop. */
function opener(): readonly [command: string, ...args: string[]] | undefined {
  switch (process.platform) {
    case "darwin":
      return ["open"];
    case "win32":
      return ["cmd", "/c", "start", ""];
    default:
      return process.env.DISPLAY || process.env.WAYLAND_DISPLAY ? ["xdg-open"] : undefined;
  }
}

/** Opens the page on a desktop. Without one, or where that fails, the printed URL is there. */
export function openPage(url: string): void {
  const found = opener();
  if (found === undefined) return;
  const [command, ...args] = found;
  const child = spawn(command, [...args, url], { detached: true, stdio: "ignore" });
  child.on("error", () => {}); // no such program: the URL is printed
  child.unref();
}
