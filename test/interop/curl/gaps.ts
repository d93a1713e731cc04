/**
 * Known faults, by topic and command line (with what its answer is): where we are not the same as curl yet. The test leaves
 * them out, and docs/curl.md shows them.
 */
export const GAPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  addresses: {
    "-m 0.1 URL": "stdout",
    "ftp.localhost:GONE/": "exit",
    "-L URL": "exit",
    "file://localhost/DIR/there": "stdout, exit",
    "-s URL/a http://127.0.0.1:GONE/ URL/b": "wire",
  },
  answers: {
    "-i URL HTTP/1.2": "stdout, exit",
    "-i URL HTTP/3": "exit",
    "-i URL HTTP/2": "stdout, exit",
    "-i URL half a head": "exit",
    "-i URL huge length": "stdout, exit",
    "-i URL 110 KB in a field": "stdout, exit",
    "-i URL 320 KB of head": "stdout",
    "-i URL blank lines first": "stdout",
    "-s URL/a URL/b -w '%{http_code} %{size_download} %{num_connects}\\n' HTTP/2": "wire, stdout",
    "-s URL/a URL/b -w '%{http_code} %{size_download} %{num_connects}\\n' NUL in a value": "stdout",
    "-s URL/a URL/b -w '%{http_code} %{size_download} %{num_connects}\\n' different lengths": "stdout",
    "-s URL/a URL/b -w '%{http_code} %{size_download} %{num_connects}\\n' empty length": "stdout",
    "-s URL/a URL/b -w '%{http_code} %{size_download} %{num_connects}\\n' length 2, 2": "wire",
    "-s URL/a URL/b -w '%{http_code} %{size_download} %{num_connects}\\n' chunk size of 17 digits": "wire",
    "-s URL/a URL/b -w '%{http_code} %{size_download} %{num_connects}\\n' 101 unasked": "wire",
    "-s URL/a URL/b -w '%{http_code} %{size_download} %{num_connects}\\n' 110 KB in a field": "stdout",
    URL: "exit",
    "URL/a URL/b": "wire",
    "-d x URL/a URL/b": "wire",
  },
  errors: {
    "-s -T none URL/": "stderr",
  },
  "every-option": {
    "--no-out-null -m 2 URL/a": "stdout",
    "--alt-svc cache URL": "files",
  },
  heads: {
    "-I --no-head URL": "wire, stdout, exit",
  },
  redirects: {
    "-L URL": "wire",
  },
  "write-out": {
    "-w '%{num_connects} ' -H 'Connection: close' URL/a URL/b": "wire, stdout",
    "-w '%{json}' -s -k TLS": "stdout",
  },
};
