/*
 * Load for echo servers: echo-load PORT CONNECTIONS BYTES MILLISECONDS
 *
 * Each connection sends BYTES and waits until as many came back, again and again. What comes back is compared with
 * what was sent. Prints the round trips and the seconds they took.
 */
#include "common.h"

struct connection {
  int fd;
  size_t sent, received;
};

static char *message, *back;
static size_t size;
static long round_trips;

static void send_rest(struct connection *c) {
  while (c->sent < size) {
    ssize_t n = send(c->fd, message + c->sent, size - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) fail("send");
    c->sent += n;
  }
}

static void receive(struct connection *c) {
  for (;;) {
    ssize_t n = recv(c->fd, back, size - c->received, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) fail(n == 0 ? "the server ended" : "recv");
    if (memcmp(back, message + c->received, n) != 0) fail("not what was sent");
    c->received += n;
    if (c->received < size) continue;
    round_trips++;
    c->sent = c->received = 0;
    send_rest(c);
    return;
  }
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int count = atoi(argv[2]), loop = epoll_create1(0);
  size = atol(argv[3]);
  message = malloc(size);
  back = malloc(size);
  for (size_t i = 0; i < size; i++) message[i] = 'a' + i % 26;
  struct connection *connections = calloc(count, sizeof *connections);
  for (int i = 0; i < count; i++) {
    connections[i].fd = connected_to(atoi(argv[1]));
    watch(loop, connections[i].fd, EPOLLIN | EPOLLOUT | EPOLLET, &connections[i]);
  }
  double start = now(), end = start + atof(argv[4]) / 1000;
  struct epoll_event events[256];
  while (now() < end) {
    int n = epoll_wait(loop, events, 256, 100);
    for (int i = 0; i < n; i++) {
      struct connection *c = events[i].data.ptr;
      if (events[i].events & EPOLLOUT) send_rest(c);
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
    }
  }
  printf("%ld %f\n", round_trips, now() - start);
  return 0;
}
