/*
 * Answers every request on a connection with the next of the responses in a file: answer-server FILE. Prints its port.
 *
 * Each connection begins with the first response, so that a client can know what comes. The requests have no content:
 * only the empty line behind a head is looked for. What arrived together is answered together.
 */
#include "common.h"

struct connection {
  int fd, next, matched;
};

static char received[65536], answers[1 << 20];

int main(int argc, char **argv) {
  struct message *responses;
  int count = argc == 2 ? read_messages(argv[1], &responses) : 0;
  if (count == 0) return 2;
  int server = listening(SOCK_NONBLOCK), loop = epoll_create1(0);
  struct epoll_event events[256];
  watch(loop, server, EPOLLIN, NULL);
  for (;;) {
    int n = epoll_wait(loop, events, 256, -1);
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      if (c == NULL) {
        int fd = accept4(server, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) continue;
        no_delay(fd);
        c = calloc(1, sizeof *c);
        c->fd = fd;
        watch(loop, fd, EPOLLIN, c);
        continue;
      }
      ssize_t got = recv(c->fd, received, sizeof received, 0);
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) {
        close(c->fd);
        free(c);
        continue;
      }
      size_t length = 0;
      for (ssize_t at = 0; at < got; at++) {
        if (received[at] == "\r\n\r\n"[c->matched]) c->matched++;
        else c->matched = received[at] == '\r';
        if (c->matched < 4) continue;
        c->matched = 0;
        struct message *response = &responses[c->next++ % count];
        if (length + response->length > sizeof answers) {
          send_all(c->fd, answers, length);
          length = 0;
        }
        memcpy(answers + length, response->bytes, response->length);
        length += response->length;
      }
      if (length > 0) send_all(c->fd, answers, length);
    }
  }
}
