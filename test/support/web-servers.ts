import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../tools/free-port.js";
import { CERTIFICATE } from "./certificate.ts";
import { startDaemon, stopDaemon } from "./daemon.ts";
import { requirePeer } from "./peers.ts";

/** A server of others. */
export interface WebServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

const asServer = (child: ChildProcess, port: number): WebServer => ({
  port,
  url: `http://127.0.0.1:${port}/`,
  [Symbol.asyncDispose]: () => stopDaemon(child),
});

/** nginx with the files of a folder, over HTTP, and over TLS on the next port. Its own files are beside the folder. */
export async function nginxWith(files: string): Promise<WebServer & { readonly tlsPort: number }> {
  const home = `${files}-nginx`;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "cert.pem"), CERTIFICATE.cert);
  writeFileSync(join(home, "key.pem"), CERTIFICATE.key);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  writeFileSync(
    join(home, "nginx.conf"),
    `${process.getuid?.() === 0 ? "user root;" : ""}
    daemon off; worker_processes 1; pid ${home}/nginx.pid; error_log ${home}/error.log;
    events { worker_connections 256; }
    http {
      access_log off; gzip on; gzip_types text/css; gzip_proxied any; default_type text/plain;
      types { text/html html; text/css css; image/svg+xml svg; application/octet-stream bin; }
      ${folders.map((name) => `${name}_temp_path ${home}/${name};`).join(" ")}
      server { listen 127.0.0.1:${port}; root ${files}; location /moved { return 302 /page.html; } }
      server {
        listen 127.0.0.1:${tlsPort} ssl; root ${files};
        ssl_certificate ${home}/cert.pem; ssl_certificate_key ${home}/key.pem;
      }
    }`,
  );
  const args = ["-p", home, "-e", join(home, "error.log"), "-c", join(home, "nginx.conf")];
  return { ...asServer(await startDaemon(requirePeer("nginx"), args, port), port), tlsPort };
}

/** Apache with git's own HTTP backend: the repositories of a folder, to clone and to push to. */
export async function gitOverHttp(repositories: string): Promise<WebServer> {
  const home = `${repositories}-apache`;
  mkdirSync(home, { recursive: true });
  const port = await freePort();
  const modules = ["mpm_event", "authz_core", "cgi", "alias", "env"];
  writeFileSync(
    join(home, "apache.conf"),
    `ServerRoot ${home}
    ServerName localhost
    Listen 127.0.0.1:${port}
    PidFile ${home}/apache.pid
    ErrorLog ${home}/error.log
    DefaultRuntimeDir ${home}
    ${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
    SetEnv GIT_PROJECT_ROOT ${repositories}
    SetEnv GIT_HTTP_EXPORT_ALL 1
    SetEnv HOME ${home}
    ScriptAlias /git/ /usr/lib/git-core/git-http-backend/
    <Directory /usr/lib/git-core>
      Require all granted
    </Directory>`,
  );
  const args = ["-X", "-d", home, "-f", join(home, "apache.conf")];
  return asServer(await startDaemon(requirePeer("apache2"), args, port), port);
}
