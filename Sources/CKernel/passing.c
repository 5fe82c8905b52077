#define _GNU_SOURCE
#include "CKernel.h"

#include <string.h>
#include <unistd.h>

/// Aligned as the kernel wants a control message.
union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

ssize_t ck_send_passing(int socket, const void *message, size_t length, int passed) {
    struct iovec part = {.iov_base = (void *)message, .iov_len = length};
    union control control;
    memset(&control, 0, sizeof control);
    struct msghdr head = {
        .msg_iov = &part, .msg_iovlen = 1,
        .msg_control = control.room, .msg_controllen = sizeof control.room};
    struct cmsghdr *entry = CMSG_FIRSTHDR(&head);
    entry->cmsg_level = SOL_SOCKET;
    entry->cmsg_type = SCM_RIGHTS;
    entry->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(entry), &passed, sizeof passed);
    return sendmsg(socket, &head, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t ck_receive_passed(int socket, void *buffer, size_t room, int *passed) {
    struct iovec part = {.iov_base = buffer, .iov_len = room};
    union control control;
    struct msghdr head = {
        .msg_iov = &part, .msg_iovlen = 1,
        .msg_control = control.room, .msg_controllen = sizeof control.room};
    *passed = -1;
    ssize_t count = recvmsg(socket, &head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) return count;
    struct cmsghdr *entry = CMSG_FIRSTHDR(&head);
    if (entry != NULL && entry->cmsg_level == SOL_SOCKET && entry->cmsg_type == SCM_RIGHTS)
        memcpy(passed, CMSG_DATA(entry), sizeof *passed);
    return count;
}
