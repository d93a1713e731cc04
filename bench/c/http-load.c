/*
 * Load for HTTP servers: http-load PORT CONNECTIONS PIPELINED FILE CONTENT MILLISECONDS
 *
 * Each connection sends PIPELINED of the requests in FILE in one write and waits until all are answered, again and
 * again. Every answer is to begin with "HTTP/1.1 200 " and to end with CONTENT, as long as its Content-Length says.
 * Prints the answers and the seconds they took.
 */
#include "common.h"

struct connection {
  int fd, next, owed;
  size_t kept;
  char received[65536];
};

static struct message *requests;
static int count, pipelined;
static const char *content;
static size_t content_length;
static long answers;

static void ask(struct connection *c) {
  static char batch[1 << 18];
  size_t length = 0;
  for (int i = 0; i < pipelined; i++) {
    struct message *request = &requests[c->next++ % count];
    memcpy(batch + length, request->bytes, request->length);
    length += request->length;
  }
  c->owed = pipelined;
  if (!send_all(c->fd, batch, length)) fail("send");
}

/* The length of the answer at the beginning of these bytes; 0 while it is not all there. */
static size_t answer_length(const char *bytes, size_t length) {
  const char *empty_line = memmem(bytes, length, "\r\n\r\n", 4);
  if (empty_line == NULL) return 0;
  size_t head = empty_line + 4 - bytes;
  if (memcmp(bytes, "HTTP/1.1 200 ", 13) != 0) fail("an answer that is none");
  long announced = -1;
  for (const char *line = bytes; (line = memchr(line, '\n', bytes + head - line)) != NULL;) {
    line++;
    if (strncasecmp(line, "content-length:", 15) == 0) announced = atol(line + 15);
  }
  if (announced != (long)content_length) fail("another content-length");
  if (length < head + content_length) return 0;
  if (memcmp(bytes + head, content, content_length) != 0) fail("another content");
  return head + content_length;
}

static void receive(struct connection *c) {
  ssize_t n = recv(c->fd, c->received + c->kept, sizeof c->received - c->kept - 1, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) fail(n == 0 ? "the server ended" : "recv");
  size_t length = c->kept + n, at = 0, one;
  c->received[length] = 0;
  while (at < length && (one = answer_length(c->received + at, length - at)) > 0) {
    at += one;
    answers++;
    if (--c->owed < 0) fail("an answer to no request");
  }
  c->kept = length - at;
  memmove(c->received, c->received + at, c->kept);
  if (c->owed == 0) ask(c);
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  int number = atoi(argv[2]), loop = epoll_create1(0);
  pipelined = atoi(argv[3]);
  count = read_messages(argv[4], &requests);
  content = argv[5];
  content_length = strlen(content);
  struct connection *connections = calloc(number, sizeof *connections);
  for (int i = 0; i < number; i++) {
    connections[i].fd = connected_to(atoi(argv[1]));
    connections[i].next = i;
    watch(loop, connections[i].fd, EPOLLIN, &connections[i]);
    ask(&connections[i]);
  }
  double start = now(), end = start + atof(argv[6]) / 1000;
  long before = answers;
  struct epoll_event events[256];
  while (now() < end) {
    int n = epoll_wait(loop, events, 256, 100);
    for (int i = 0; i < n; i++) receive(events[i].data.ptr);
  }
  printf("%ld %f\n", answers - before, now() - start);
  return 0;
}
