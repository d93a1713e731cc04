import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDaemon, stopDaemon } from "../../test/support/daemon.ts";
import { freePort } from "../../tools/free-port.js";
import { PROBE_PATH } from "./ask.ts";
import type { Origin } from "./servers.ts";

/** A server that others wrote, with a configuration for this check. Like ours, it answers with 200 wherever it can. */
export interface Daemon extends Origin {
  readonly version: string;
}

/** nginx in front of a server that answers every request with its target, so that nginx has to read whole requests. */
export function startNginx(program: string): Promise<Daemon> {
  const config = (folder: string, port: number) => `
    ${process.getuid?.() === 0 ? "user root;" : ""}
    daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/log crit;
    events { worker_connections 1024; }
    http {
      access_log off; default_type text/plain;
      ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")}
      server { listen 127.0.0.1:${port}; location / { proxy_pass http://unix:${folder}/behind; } }
      server { listen unix:${folder}/behind; return 200 $request_uri; }
    }`;
  const args = (folder: string) => ["-p", folder, "-e", join(folder, "log"), "-c", join(folder, "config")];
  return start(program, { config, args, version: ["-v", /nginx\/([\d.]+)/] });
}

/** Apache: it answers GET and HEAD with a file, and POST with the content that was sent. */
export function startApache(program: string): Promise<Daemon> {
  const modules = ["mpm_event", "authz_core", "dir", "reflector"];
  const config = (folder: string, port: number) => `
    ServerRoot ${folder}
    ServerName localhost
    Listen 127.0.0.1:${port}
    PidFile ${folder}/pid
    ErrorLog ${folder}/log
    LogLevel emerg
    DefaultRuntimeDir ${folder}
    ${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
    DocumentRoot ${folder}/files
    DirectoryIndex index.html
    FallbackResource /index.html
    <If "%{REQUEST_METHOD} == 'POST'">
      SetHandler reflector
    </If>`;
  const args = (folder: string) => ["-X", "-d", folder, "-f", join(folder, "config")];
  return start(program, { config, args, version: ["-v", /Apache\/([\d.]+)/] });
}

interface Recipe {
  readonly config: (folder: string, port: number) => string;
  readonly args: (folder: string) => string[];
  readonly version: readonly [flag: string, pattern: RegExp];
}

async function start(program: string, { config, args, version }: Recipe): Promise<Daemon> {
  const folder = mkdtempSync(join(tmpdir(), "wirepane-verdicts-"));
  const files = join(folder, "files");
  mkdirSync(files);
  writeFileSync(join(files, "index.html"), "/");
  writeFileSync(join(files, PROBE_PATH), PROBE_PATH);
  const port = await freePort();
  writeFileSync(join(folder, "config"), config(folder, port));
  const child = await startDaemon(program, args(folder), port);
  const stop = async () => {
    await stopDaemon(child);
    rmSync(folder, { recursive: true });
  };
  const { stdout, stderr } = spawnSync(program, [version[0]], { encoding: "utf8" });
  return { port, version: version[1].exec(stdout + stderr)?.[1] ?? "", [Symbol.asyncDispose]: stop };
}
