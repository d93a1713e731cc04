/* The floor for echo servers: epoll, one thread, one buffer. Prints its port. */
#include "common.h"

static char buffer[65536];

int main(void) {
  int server = listening(SOCK_NONBLOCK), loop = epoll_create1(0);
  struct epoll_event events[256];
  watch(loop, server, EPOLLIN, NULL);
  for (;;) {
    int n = epoll_wait(loop, events, 256, -1);
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr == NULL) {
        int fd = accept4(server, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) continue;
        no_delay(fd);
        watch(loop, fd, EPOLLIN, (void *)(long)fd);
        continue;
      }
      int fd = (long)events[i].data.ptr;
      ssize_t got = recv(fd, buffer, sizeof buffer, 0);
      if (got > 0) send_all(fd, buffer, got);
      else if (got == 0 || errno != EAGAIN) close(fd);
    }
  }
}
