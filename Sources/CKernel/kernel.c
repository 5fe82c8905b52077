#define _GNU_SOURCE
#include "CKernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int ck_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }

int ck_fcntl(int descriptor, int command, long argument) {
    return fcntl(descriptor, command, argument);
}

int ck_prctl(int option, unsigned long argument) { return prctl(option, argument, 0UL, 0UL, 0UL); }

int ck_forgo_precedence(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, data) != 0) return -1;
    data[0].effective &= ~(1U << CAP_SYS_NICE);
    data[0].permitted &= ~(1U << CAP_SYS_NICE);
    return (int)syscall(SYS_capset, &header, data);
}

int ck_batch(void) {
    struct sched_param none = {0};
    return sched_setscheduler(0, SCHED_BATCH, &none);
}

int ck_slice(unsigned long long nanoseconds) {
    // As linux/sched/types.h has it, which newer C libraries declare once more.
    struct {
        unsigned size, policy;
        unsigned long long flags;
        int nice;
        unsigned priority;
        unsigned long long runtime, deadline, period;
    } words;
    if (syscall(SYS_sched_getattr, 0, &words, sizeof words, 0) != 0) return -1;
    words.runtime = nanoseconds;
    return (int)syscall(SYS_sched_setattr, 0, &words, 0);
}

int ck_memfd(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }

int ck_seal(int descriptor, int contents) {
    int seals = F_SEAL_SHRINK | F_SEAL_GROW;
    if (contents) seals |= F_SEAL_WRITE | F_SEAL_SEAL;
    return fcntl(descriptor, F_ADD_SEALS, seals);
}

int ck_accept(int listener, struct sockaddr *peer, socklen_t *length) {
    return accept4(listener, peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int ck_peer_credentials(int descriptor, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -1;
    *pid = peer.pid;
    *uid = peer.uid;
    *gid = peer.gid;
    return 0;
}

int ck_processors(void) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
    int count = CPU_COUNT(&allowed);
    return count > 0 ? count : 1;
}

int ck_set_group_ids(uint32_t group) { return setresgid(group, group, group); }

int ck_set_user_ids(uint32_t user) { return setresuid(user, user, user); }

void ck_set_title(int argc, char **argv, const char *title) {
    // The arguments lie one behind the other; ps(1) shows that stretch of memory.
    char *end = argv[argc - 1] + strlen(argv[argc - 1]);
    size_t room = (size_t)(end - argv[0]);
    size_t length = strlen(title);
    if (length > room) length = room;
    memset(argv[0], 0, room);
    memcpy(argv[0], title, length);
    prctl(PR_SET_NAME, "bascule", 0UL, 0UL, 0UL);
}

/// Runs in the child. Descriptors are first moved above every target number, so that no move
/// overwrites one that is still to be moved.
static int arrange(const int *descriptors, int count) {
    int above = 3 + count;
    int moved[count > 0 ? count : 1];
    for (int i = 0; i < count; i++) {
        moved[i] = fcntl(descriptors[i], F_DUPFD, above);
        if (moved[i] < 0) return errno;
    }
    for (int i = 0; i < count; i++)
        if (dup2(moved[i], 3 + i) < 0) return errno;
    if (syscall(SYS_close_range, (unsigned)above, ~0U, 0U) != 0) {
        // Kernels before 5.9: close one by one.
        long limit = sysconf(_SC_OPEN_MAX);
        for (int i = above; i < limit; i++) close(i);
    }
    return 0;
}

int ck_spawn(const char *path, char *const argv[], char *const envp[], const int *descriptors,
             int count, pid_t *pid) {
    int report[2]; // exec's errno comes back here; closed by a successful exec
    if (pipe2(report, O_CLOEXEC) != 0) return errno;
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) {
        int list[count + 1];
        memcpy(list, descriptors, sizeof(int) * (size_t)count);
        list[count] = report[1];
        int failure = arrange(list, count + 1);
        fcntl(3 + count, F_SETFD, FD_CLOEXEC);
        if (failure == 0) {
            for (int signal_number = 1; signal_number < NSIG; signal_number++)
                signal(signal_number, SIG_DFL);
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, NULL);
            execve(path, argv, envp);
            failure = errno;
        }
        ssize_t ignored = write(3 + count, &failure, sizeof failure);
        (void)ignored;
        _exit(127);
    }
    int failure = child < 0 ? errno : 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (child > 0) {
        int answer = 0;
        ssize_t got;
        do got = read(report[0], &answer, sizeof answer);
        while (got < 0 && errno == EINTR);
        if (got == (ssize_t)sizeof answer) failure = answer;
        *pid = child;
    }
    close(report[0]);
    return failure;
}

static int lock_holder(
    int descriptor, short type, int64_t start, int64_t length, int32_t *pid) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    if (fcntl(descriptor, F_GETLK, &lock) != 0) return -1;
    if (lock.l_type == F_UNLCK) return 0;
    *pid = lock.l_pid;
    return 1;
}

int ck_write_lock_holder(int descriptor, int64_t start, int64_t length, int32_t *pid) {
    // A read lock conflicts with the write locks of other processes and with nothing else.
    return lock_holder(descriptor, F_RDLCK, start, length, pid);
}

int ck_lock_holder(int descriptor, int64_t start, int64_t length, int32_t *pid) {
    return lock_holder(descriptor, F_WRLCK, start, length, pid);
}

int ck_reserve(int file, long long offset, long long bytes) {
    return fallocate(file, FALLOC_FL_KEEP_SIZE, offset, bytes);
}

int ck_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
