// SPDX-License-Identifier: Apache-2.0
//
// The floor of the case "hit": what the kernel alone costs. A bare epoll server on one thread that counts requests and
// writes as many constant replies: one wait, one read and one write per batch, and no look at what was asked.
//
//     floor PORT
//
// A request is counted by its '*': right for the commands of the harness, whose keys have none. Not a server for
// anything else: it blocks on a client that does not read.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { value_bytes = 256, head_bytes = 6, reply_bytes = head_bytes + value_bytes + 2 };
enum { batch_max = 256, events_max = 256, input_bytes = 64 * 1024 };

static char replies[batch_max * reply_bytes];
static char input[input_bytes];

static void die(const char* what) {
    perror(what);
    exit(1);
}

static void prepare_replies(void) {
    for (int i = 0; i < batch_max; ++i) {
        char* at = replies + i * reply_bytes;
        memcpy(at, "$256\r\n", head_bytes);
        memset(at + head_bytes, 'x', value_bytes);
        memcpy(at + head_bytes + value_bytes, "\r\n", 2);
    }
}

static int listen_on(int port) {
    const int on = 1;
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr*)&where, sizeof where) != 0) die("bind");
    if (listen(listener, 4096) != 0) die("listen");
    return listener;
}

static int count_requests(const char* data, size_t size) {
    int count = 0;
    const char* const end = data + size;
    while ((data = memchr(data, '*', (size_t)(end - data))) != NULL) {
        ++count;
        ++data;
    }
    return count;
}

static int write_replies(int client, int count) {
    while (count > 0) {
        const int now = count < batch_max ? count : batch_max;
        size_t left = (size_t)now * reply_bytes;
        const char* from = replies;
        while (left > 0) {
            const ssize_t sent = send(client, from, left, MSG_NOSIGNAL);
            if (sent <= 0) return -1;
            from += sent;
            left -= (size_t)sent;
        }
        count -= now;
    }
    return 0;
}

static void watch(int poller, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) != 0) die("epoll_ctl");
}

static void accept_one(int poller, int listener) {
    const int on = 1;
    const int client = accept(listener, NULL, NULL);
    if (client < 0) die("accept");
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(poller, client);
}

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    prepare_replies();
    const int listener = listen_on(atoi(argv[1]));
    const int poller = epoll_create1(0);
    watch(poller, listener);
    struct epoll_event events[events_max];
    for (;;) {
        const int ready = epoll_wait(poller, events, events_max, -1);
        for (int i = 0; i < ready; ++i) {
            const int descriptor = events[i].data.fd;
            if (descriptor == listener) {
                accept_one(poller, listener);
                continue;
            }
            const ssize_t size = recv(descriptor, input, sizeof input, MSG_DONTWAIT);
            if (size <= 0 || write_replies(descriptor, count_requests(input, (size_t)size)) != 0) close(descriptor);
        }
    }
}
