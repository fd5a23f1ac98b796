/* A client that reads everything and prints nothing: `./lab bench` loads servers with it.
 *
 *     reader SECONDS host:port ...
 *
 * It spreads its connections evenly over so many seconds, like independent clients: if all were opened at once, the
 * chunks of all connections would be due at the same moment.  It reads once a millisecond, because a sender pays for
 * waking a reader that waits for the bytes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 256

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void call(const char *address, int epoll)
{
    char host[64];
    int port, socket_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct epoll_event event = {.events = EPOLLIN, .data.fd = socket_};
    if (socket_ < 0 || sscanf(address, "%63[^:]:%d", host, &port) != 2 || !inet_aton(host, &to.sin_addr))
        exit(2);
    to.sin_port = htons(port);
    connect(socket_, (void *)&to, sizeof to);
    epoll_ctl(epoll, EPOLL_CTL_ADD, socket_, &event);
}

int main(int count, char **arguments)
{
    static char bytes[1 << 16];
    struct epoll_event events[EVENTS];
    int epoll = epoll_create1(0), next = 2, ended = 2;
    double spread = atof(arguments[1]), began = now();
    while (ended < count) {
        while (next < count && began + spread * (next - 2) / (count - 2) <= now())
            call(arguments[next++], epoll);
        int ready = epoll_wait(epoll, events, EVENTS, 0);
        if (ready == 0)
            usleep(1000);
        for (int i = 0; i < ready; i++) {
            ssize_t size = read(events[i].data.fd, bytes, sizeof bytes);
            if (size < 0)
                return 1;
            if (size == 0) {
                close(events[i].data.fd);
                ended++;
            }
        }
    }
    return 0;
}
