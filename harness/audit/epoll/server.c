/* A plain epoll loop that plays a playbill: what `./lab bench` compares the Twisted servers with.
 *
 * It speaks the protocol of slowpoetry.server.control and writes the same send log, but it knows only what the bench
 * needs: servers whose schedules consist of `send` and end with `close`, and clients that read all that they get.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define SERVERS 64
#define EVENTS 256
#define ACCEPTS 16 /* between two looks at the clock */

struct act { double at; int size; }; /* size 0: close */
struct server { int socket, acts, conns; struct act *act; char *poem; };
struct connection { int socket, number, next, sent; double accepted; struct server *server; };

static struct server servers[SERVERS];
static int count, ready, waiting, room;
static struct connection **heap; /* by the time of the next act, the earliest first */
static FILE *sendlog;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double due(const struct connection *c) { return c->accepted + c->server->act[c->next].at; }

static void swap(int a, int b)
{
    struct connection *c = heap[a];
    heap[a] = heap[b];
    heap[b] = c;
}

static void sink(int at)
{
    for (int least; (least = 2 * at + 1) < waiting; at = least) {
        if (least + 1 < waiting && due(heap[least + 1]) < due(heap[least]))
            least++;
        if (due(heap[at]) <= due(heap[least]))
            return;
        swap(at, least);
    }
}

static void push(struct connection *c)
{
    if (waiting == room)
        heap = realloc(heap, (room = 2 * room + 1024) * sizeof *heap);
    heap[waiting] = c;
    for (int at = waiting++; at && due(heap[at]) < due(heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(at, (at - 1) / 2);
}

static void record(double t, const char *act, struct connection *c)
{
    fprintf(sendlog, "{\"t\":%.6f,\"act\":\"%s\",\"server\":%d,\"conn\":%d", t, act, (int)(c->server - servers) + 1,
            c->number);
}

static void take(struct server *s)
{
    for (int i = 0; i < ACCEPTS; i++) {
        int one = 1, socket = accept4(s->socket, NULL, NULL, SOCK_NONBLOCK);
        if (socket < 0)
            return;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct connection *c = malloc(sizeof *c);
        *c = (struct connection){socket, ++s->conns, 0, 0, now(), s};
        record(c->accepted, "accept", c);
        fputs("}\n", sendlog);
        push(c);
    }
}

static void play(struct connection *c)
{
    struct act *act = &c->server->act[c->next];
    double t = now();
    if (act->size == 0) {
        record(t, "close", c);
        fputs("}\n", sendlog);
        close(c->socket);
        heap[0] = heap[--waiting];
        free(c);
    } else {
        if (send(c->socket, c->server->poem + c->sent, act->size, MSG_NOSIGNAL) != act->size)
            exit(1); /* a client of the bench never lets bytes wait */
        record(t, "send", c);
        fprintf(sendlog, ",\"start\":%d,\"end\":%d,\"due\":%.6f}\n", c->sent, c->sent + act->size, due(c));
        c->sent += act->size;
        c->next++;
    }
    sink(0);
}

static void answer(const char *word)
{
    puts(word);
    fflush(stdout);
}

static char *contents(const char *folder, const char *name)
{
    char path[4096], *data = malloc(1 << 26);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file || !data)
        exit(1);
    data[fread(data, 1, (1 << 26) - 1, file)] = 0;
    fclose(file);
    return data;
}

static void listen_on(struct server *s, int epoll)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
    socklen_t size = sizeof address;
    s->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(s->socket, (void *)&address, size) || listen(s->socket, 4096))
        exit(1);
    getsockname(s->socket, (void *)&address, &size);
    printf("\t%d", ntohs(address.sin_port));
    epoll_ctl(epoll, EPOLL_CTL_ADD, s->socket, &event);
}

static void open_all(char *playbill, const char *log, int epoll)
{
    char line[4096], name[2048], *end = strrchr(playbill, '/');
    FILE *file = fopen(playbill, "r");
    struct server *s = NULL;
    double at;
    int size;
    sendlog = fopen(log, "w");
    if (!file || !sendlog || !end)
        exit(1);
    setvbuf(sendlog, NULL, _IOFBF, 1 << 20);
    *end = 0;
    count = 0;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "server %*d %2047s", name) == 1 && count < SERVERS) {
            s = &servers[count++];
            *s = (struct server){.poem = contents(playbill, name)};
        } else if (s && sscanf(line, "%lf send %d", &at, &size) == 2) {
            s->act = realloc(s->act, (s->acts + 1) * sizeof *s->act);
            s->act[s->acts++] = (struct act){at, size};
        } else if (s && strstr(line, "close") && sscanf(line, "%lf", &at) == 1) {
            s->act = realloc(s->act, (s->acts + 1) * sizeof *s->act);
            s->act[s->acts++] = (struct act){at, 0};
        }
    }
    fclose(file);
    printf("listening");
    for (s = servers; s < servers + count; s++)
        listen_on(s, epoll);
    answer("");
}

static void command(int epoll)
{
    char line[8192];
    ssize_t size = read(STDIN_FILENO, line, sizeof line - 1);
    if (size <= 0)
        exit(0);
    line[size - 1] = 0;
    char *word = strtok(line, "\t"), *playbill = strtok(NULL, "\t"), *log = strtok(NULL, "\t");
    if (!strcmp(word, "open")) {
        open_all(playbill, log, epoll);
    } else {
        for (struct server *s = servers; s < servers + count; s++)
            close(s->socket);
        while (waiting)
            close(heap[--waiting]->socket);
        fclose(sendlog);
        answer("closed");
    }
}

int main(void)
{
    struct epoll_event events[EVENTS] = {{.events = EPOLLIN}};
    int epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &events[0]);
    for (;;) {
        double wait = waiting ? due(heap[0]) - now() : 1;
        ready = epoll_wait(epoll, events, EVENTS, wait > 0 ? (int)(wait * 1000) + 1 : 0);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr)
                take(events[i].data.ptr);
            else
                command(epoll);
        }
        while (waiting && due(heap[0]) <= now())
            play(heap[0]);
    }
}
