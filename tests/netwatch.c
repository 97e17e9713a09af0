/* Preloaded into a process and everything it starts: writes down, and refuses, whatever leaves this machine. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void note(const char *what, const char *whom) {
    const char *path = getenv("NETWATCH_LOG");
    int log = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (log < 0) return;
    dprintf(log, "%s %s\n", what, whom);
    close(log);
}

__attribute__((constructor)) static void begin(void) {
    char command[2000] = "";
    int file = open("/proc/self/cmdline", O_RDONLY);
    ssize_t length = file < 0 ? 0 : read(file, command, sizeof command - 1);
    if (file >= 0) close(file);
    for (ssize_t i = 0; i + 1 < length; i++)
        if (!command[i] || command[i] == '\n') command[i] = ' ';
    note("watching", command);
}

/* Anything but IPv4 and IPv6 (a Unix socket, netlink) stays on this machine by its nature. */
static int stays(const struct sockaddr *to, char *name) {
    if (to && to->sa_family == AF_INET) {
        const struct in_addr *ip = &((const struct sockaddr_in *)to)->sin_addr;
        inet_ntop(AF_INET, ip, name, INET6_ADDRSTRLEN);
        return ntohl(ip->s_addr) >> 24 == 127;
    }
    if (to && to->sa_family == AF_INET6) {
        const struct in6_addr *ip = &((const struct sockaddr_in6 *)to)->sin6_addr;
        inet_ntop(AF_INET6, ip, name, INET6_ADDRSTRLEN);
        return IN6_IS_ADDR_LOOPBACK(ip) || (IN6_IS_ADDR_V4MAPPED(ip) && ip->s6_addr[12] == 127);
    }
    return 1;
}

static int refused(const char *what, const struct sockaddr *to) {
    char name[INET6_ADDRSTRLEN] = "";
    if (stays(to, name)) return 0;
    note(what, name);
    errno = ENETUNREACH;
    return 1;
}

int connect(int fd, const struct sockaddr *to, socklen_t length) {
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    return refused("connect", to) ? -1 : real(fd, to, length);
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length) {
    ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "sendto");
    return refused("sendto", to) ? -1 : real(fd, data, size, flags, to, length);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    ssize_t (*real)(int, const struct msghdr *, int) = dlsym(RTLD_NEXT, "sendmsg");
    return refused("sendmsg", message->msg_name) ? -1 : real(fd, message, flags);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        dlsym(RTLD_NEXT, "getaddrinfo");
    struct in6_addr number; /* a number is not looked up anywhere; whoever connects to it is seen above */
    int asks = node && !inet_pton(AF_INET, node, &number) && !inet_pton(AF_INET6, node, &number);
    if (asks && strcmp(node, "localhost")) {
        note("getaddrinfo", node);
        return EAI_FAIL;
    }
    return real(node, service, hints, found);
}
