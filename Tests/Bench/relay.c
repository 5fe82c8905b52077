/* A bare relay: the least that any proxy on epoll has to do, as a measure for the others.
 *
 *   relay LISTEN_PORT UPSTREAM_PORT
 *
 * One upstream connection for each client connection, bytes copied both ways, nothing parsed,
 * logged or timed. Both ports on 127.0.0.1. Prints "ready" when it accepts. Ends with a signal. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* One buffer for all, as large as one that stays in the cache: what its reader does not take is
 * copied. A buffer of this size for each connection costs half as much again. */
enum { BUFFER_BYTES = 262144, EVENTS_MAX = 256, BACKLOG = 1024 };

static char shared[BUFFER_BYTES];

/* One direction's source: what was read from `fd` and is not yet written to the other side. */
struct side {
    int fd;
    bool ended;   /* its peer will send no more */
    bool blocked; /* writing to it waits for room */
    size_t start, end;
    struct pair *pair;
    char *rest; /* start ..< end of it */
};

struct pair {
    struct side sides[2];
    bool dead;
    struct pair *next_dead;
};

static int poller;
/* Freed after the batch of events in which they ended: a later event may still name them. */
static struct pair *dead_pairs;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void watch(struct side *side, int operation) {
    struct side *other = &side->pair->sides[side == &side->pair->sides[0]];
    struct epoll_event event = {.data.ptr = side};
    /* No reading while what was read before has no room on the other side. */
    if (!side->ended && !other->blocked) event.events |= EPOLLIN;
    if (side->blocked) event.events |= EPOLLOUT;
    if (epoll_ctl(poller, operation, side->fd, &event) != 0) fail("epoll_ctl");
}

static void end_pair(struct pair *pair) {
    if (pair->dead) return;
    pair->dead = true;
    close(pair->sides[0].fd);
    close(pair->sides[1].fd);
    pair->next_dead = dead_pairs;
    dead_pairs = pair;
}

/* Writes to `to` what was read from `from`; false when the connection is broken. */
static bool flush_from(struct side *from, struct side *to) {
    while (from->start < from->end) {
        ssize_t n = send(to->fd, from->rest + from->start, from->end - from->start, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) return false;
        if (n < 0) break;
        from->start += (size_t)n;
    }
    bool blocked = from->start < from->end;
    if (blocked != to->blocked) {
        to->blocked = blocked;
        watch(to, EPOLL_CTL_MOD);
        watch(from, EPOLL_CTL_MOD);
    }
    if (!blocked && from->ended) shutdown(to->fd, SHUT_WR);
    return true;
}

static bool copy_from(struct side *from, struct side *to) {
    if (from->start < from->end || from->ended) return true;
    ssize_t n = recv(from->fd, shared, BUFFER_BYTES, 0);
    if (n < 0) return errno == EAGAIN;
    if (n == 0) {
        from->ended = true;
        watch(from, EPOLL_CTL_MOD);
    }
    ssize_t sent = n > 0 ? send(to->fd, shared, (size_t)n, MSG_NOSIGNAL) : 0;
    if (sent < 0 && errno != EAGAIN) return false;
    from->start = 0;
    from->end = (size_t)(n - (sent > 0 ? sent : 0));
    if (from->end > 0) {
        free(from->rest);
        from->rest = malloc(from->end);
        if (from->rest == NULL) fail("malloc");
        memcpy(from->rest, shared + n - from->end, from->end);
    }
    return flush_from(from, to);
}

static void handle(struct epoll_event *event) {
    struct side *side = event->data.ptr;
    struct pair *pair = side->pair;
    if (pair->dead) return;
    struct side *other = &pair->sides[side == &pair->sides[0]];
    bool stands = true;
    if (event->events & EPOLLOUT) stands = flush_from(other, side);
    if (stands && event->events & EPOLLIN) stands = copy_from(side, other);
    bool over = side->ended && other->ended && !side->blocked && !other->blocked;
    if (!stands || over || event->events & EPOLLERR) end_pair(pair);
}

static void open_pair(int listener, const struct sockaddr_in *upstream) {
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (client < 0) return;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    /* On loopback a connection stands at once or not at all: no need to wait for it apart. */
    if (server < 0 || connect(server, (const struct sockaddr *)upstream, sizeof *upstream) != 0)
        fail("connect");
    if (fcntl(server, F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
    int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct pair *pair = calloc(1, sizeof *pair);
    if (pair == NULL) fail("calloc");
    pair->sides[0] = (struct side){.fd = client, .pair = pair};
    pair->sides[1] = (struct side){.fd = server, .pair = pair};
    watch(&pair->sides[0], EPOLL_CTL_ADD);
    watch(&pair->sides[1], EPOLL_CTL_ADD);
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: relay LISTEN_PORT UPSTREAM_PORT\n");
        return 64;
    }
    struct sockaddr_in own = loopback(atoi(arguments[1])), upstream = loopback(atoi(arguments[2]));
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    if (listener < 0) fail("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&own, sizeof own) != 0) fail("bind");
    if (listen(listener, BACKLOG) != 0) fail("listen");
    poller = epoll_create1(0);
    struct epoll_event acceptor = {.events = EPOLLIN, .data.ptr = NULL};
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &acceptor) != 0) fail("epoll");
    puts("ready");
    fflush(stdout);
    struct epoll_event events[EVENTS_MAX];
    for (;;) {
        int ready = epoll_wait(poller, events, EVENTS_MAX, -1);
        if (ready < 0 && errno != EINTR) fail("epoll_wait");
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == NULL) open_pair(listener, &upstream);
            else handle(&events[i]);
        }
        while (dead_pairs != NULL) {
            struct pair *pair = dead_pairs;
            dead_pairs = pair->next_dead;
            free(pair->sides[0].rest);
            free(pair->sides[1].rest);
            free(pair);
        }
    }
}
