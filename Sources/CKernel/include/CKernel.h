// What Swift cannot say of Linux's C interface: variadic calls, macros with casts, and the one
// stretch of code between fork and exec where only async-signal-safe calls are allowed.
#pragma once

#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/types.h>

/// Set when BASCULE_FAULTS names a step; read on every call, so it is a plain flag.
extern int ck_faults_armed;

/// What the environment's BASCULE_FAULTS says of a step: 0, or the errno to report. `kill` and
/// `stop` take effect before it returns.
int ck_fault_reached(const char *operation);

/// A function, as a C variable is no safe global to Swift.
static inline int ck_faults_are_armed(void) { return ck_faults_armed; }

/// The errno to inject at a named step, 0 for none.
static inline int ck_fault(const char *operation) {
    return ck_faults_armed ? ck_fault_reached(operation) : 0;
}

/// Starts an executable with exactly these descriptors as 3, 4, 5 ... and 0 to 2 inherited:
/// Swift must not run between fork and exec. Returns 0 or an errno, exec's own included.
int ck_spawn(const char *path, char *const argv[], char *const envp[], const int *descriptors,
             int count, pid_t *pid);

/// open(2) and fcntl(2) are variadic.
int ck_open(const char *path, int flags, mode_t mode);
int ck_fcntl(int descriptor, int command, long argument);

/// prctl(2) is variadic.
int ck_prctl(int option, unsigned long argument);

/// Gives up the right to take precedence over other processes (CAP_SYS_NICE, capabilities(7)); its
/// threads that run already keep theirs. 0, or -1 with errno.
int ck_forgo_precedence(void);

/// This thread, and those that it starts, never take a core from another that wakes later
/// (SCHED_BATCH, sched(7)). 0, or -1 with errno.
int ck_batch(void);

/// How long this thread wants a core at once (sched_setattr(2), from Linux 6.12 on for a usual
/// thread too; nothing changes on an older one). 0, or -1 with errno.
int ck_slice(unsigned long long nanoseconds);

/// memfd_create(2) with MFD_CLOEXEC | MFD_ALLOW_SEALING.
int ck_memfd(const char *name);

/// F_ADD_SEALS: no shrinking and growing, and no writing either where `contents` is not 0.
int ck_seal(int descriptor, int contents);

/// accept4(2) with SOCK_NONBLOCK | SOCK_CLOEXEC, a GNU extension.
int ck_accept(int listener, struct sockaddr *peer, socklen_t *length);

/// SO_PEERCRED: the credentials of the peer at the time it connected (unix(7)).
int ck_peer_credentials(int descriptor, int32_t *pid, uint32_t *uid, uint32_t *gid);

/// Processors that this process may run on, at least 1 (sched_getaffinity(2), a GNU extension).
int ck_processors(void);

/// setresgid(2), setresuid(2): real, effective and saved ids at once. -1 and errno on failure.
int ck_set_group_ids(uint32_t group);
int ck_set_user_ids(uint32_t user);

/// Writes over the argument vector, which is what ps(1) shows of a process.
void ck_set_title(int argc, char **argv, const char *title);

/// Columns of the terminal behind a descriptor, 0 where there is none or it does not say
/// (ioctl_tty(2), TIOCGWINSZ).
int ck_terminal_columns(int descriptor);

/// The child's process group gets the terminal's keys before the program begins
/// (posix_spawn_file_actions_addtcsetpgrp_np, a GNU extension). 0 or an errno.
int ck_spawn_gets_keys(posix_spawn_file_actions_t *actions, int terminal);

/// sendmsg(2) and recvmsg(2) with one descriptor beside the message (SCM_RIGHTS, unix(7)), whose
/// control message is built by macros. Received descriptors are closed on exec; where none came,
/// `*passed` is -1.
ssize_t ck_send_passing(int socket, const void *message, size_t length, int passed);
ssize_t ck_receive_passed(int socket, void *buffer, size_t room, int *passed);

/// dup3(2) with O_CLOEXEC, a GNU extension.
int ck_duplicate(int from, int to);

/// Starts a detached thread; 0 or an errno.
int ck_start_thread(void *(*body)(void *), void *argument, size_t stack);

/// F_GETLK: who holds a write lock on these octets of a file (fcntl(2)). 1 and the process, which
/// is 0 for one of another pid namespace; 0 where nobody does; -1 and errno on failure.
int ck_write_lock_holder(int descriptor, int64_t start, int64_t length, int32_t *pid);
/// The same of a lock of any kind.
int ck_lock_holder(int descriptor, int64_t start, int64_t length, int32_t *pid);

/// fallocate(2) with FALLOC_FL_KEEP_SIZE, a GNU extension. Returns 0 or -1.
int ck_reserve(int file, long long offset, long long bytes);

/// pipe2(2) with O_CLOEXEC, a GNU extension.
int ck_pipe(int ends[2]);
