/*
 * Sends content to who downloads, one connection after the other:
 *   GET /length/BYTES            with a Content-Length
 *   GET /chunks/BYTES/SIZE       in chunks of SIZE bytes (which divides 64 KiB)
 * The content is letters; each stands for 1 KiB, so that a reader can tell any place. Each answer has a connection of
 * its own: what a kernel learns of a reader that stops now and then slows the next download down. Prints its port.
 */
#include "common.h"

#define PIECE 65536
/* 26 letters of 1 KiB, and as much again as one piece may reach into. */
static char letters[26 * 1024 + PIECE], chunks[PIECE * 2];

static int send_by_length(int fd, long bytes) {
  for (long at = 0; at < bytes;) {
    long piece = bytes - at < PIECE ? bytes - at : PIECE;
    if (!send_all(fd, letters + at % (26 * 1024), piece)) return 0;
    at += piece;
  }
  return 1;
}

static int send_in_chunks(int fd, long bytes, long size) {
  for (long at = 0; at < bytes;) {
    size_t length = 0;
    for (long end = at + PIECE; at < end && at < bytes; at += size) {
      long chunk = bytes - at < size ? bytes - at : size;
      length += sprintf(chunks + length, "%lx\r\n", chunk);
      memcpy(chunks + length, letters + at % (26 * 1024), chunk);
      length += chunk;
      chunks[length++] = '\r';
      chunks[length++] = '\n';
    }
    if (!send_all(fd, chunks, length)) return 0;
  }
  return send_all(fd, "0\r\n\r\n", 5);
}

static void answer(int fd, const char *request) {
  long bytes, size;
  char head[200];
  const char *common = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close";
  if (sscanf(request, "GET /length/%ld ", &bytes) == 1) {
    sprintf(head, "%s\r\nContent-Length: %ld\r\n\r\n", common, bytes);
    if (send_all(fd, head, strlen(head))) send_by_length(fd, bytes);
  } else if (sscanf(request, "GET /chunks/%ld/%ld ", &bytes, &size) == 2) {
    sprintf(head, "%s\r\nTransfer-Encoding: chunked\r\n\r\n", common);
    if (send_all(fd, head, strlen(head))) send_in_chunks(fd, bytes, size);
  }
}

int main(void) {
  for (size_t i = 0; i < sizeof letters; i++) letters[i] = 'a' + (i >> 10) % 26;
  int server = listening(0);
  for (;;) {
    static char request[65536];
    int fd = accept(server, NULL, NULL);
    size_t length = 0;
    no_delay(fd);
    for (;;) {
      ssize_t n = recv(fd, request + length, sizeof request - 1 - length, 0);
      if (n <= 0) break;
      request[length += n] = 0;
      if (strstr(request, "\r\n\r\n") == NULL) continue;
      answer(fd, request);
      break;
    }
    shutdown(fd, SHUT_WR);
    while (recv(fd, request, sizeof request, 0) > 0);
    close(fd);
  }
}
