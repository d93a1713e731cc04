import { latin1Bytes } from "../../src/bytes/text.ts";

const WORDS = `
HTTP/1.1 HTTP/1.0 HTTP/2.0 HTTP/1.2 GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PRI
Host: Content-Length: Transfer-Encoding: Connection: Upgrade: Expect: Trailer: TE: Cookie: Set-Cookie: Authorization:
Keep-Alive: Date: ETag: Location: Range: If-Range: If-Match: If-None-Match: If-Modified-Since: If-Unmodified-Since:
chunked gzip identity close keep-alive upgrade 100-continue trailers websocket
bytes=0-0 bytes=-1 bytes=1- W/"a" "a" * timeout=5
http:// https:// //a user:password@ [::1] [v1.a] :80 :443 :0 :65536 127.0.0.1 a.example %2e%2e %2f %00 %c0%af ../ ./
0 1 00 0x1 -1 +1 fffffffffffffff 9007199254740991 9007199254740992 18446744073709551616
200 204 206 304 100 101 103 400 999
Sun Mon Jan Feb Dec GMT 1994 00:00:60 06-Nov-94
a:b ;a=b ;a="\\"" ," =
-- -d --data= -H -X --json -o --request-target --max-time 0.5
{"v":1,"t":0,"connection":1,"role":"client", "type":"bytes", "direction":"in", "offset":0, "bytes":"AA==" null true {} []
\u001b[2J \u001b]0; \u009b \u2028 \u202e \ufeff
`;

/** Words that mean something to at least one of the readers. */
export const DICTIONARY: readonly Uint8Array[] = [
  ...WORDS.trim()
    .split(/\s+/)
    .map((word) => (/[^\0-\xff]/.test(word) ? new TextEncoder().encode(word) : latin1Bytes(word))),
  ...["\r\n", "\r\n\r\n", "\n", "\r", " ", "\t", "\r\n ", ": ", "\0", ", "].map(latin1Bytes),
  ...["0\r\n\r\n", "1\r\nx\r\n", "\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"].map(latin1Bytes),
  ...["HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "Transfer-Encoding: chunked\r\n\r\n"].map(latin1Bytes),
];
