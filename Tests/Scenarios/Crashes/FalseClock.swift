import Foundation
import Testing

/// A clock on the wall that a test moves, for all processes of a Bascule: a shim before libc lies
/// about CLOCK_REALTIME and nothing else, as a jump of the real clock would.
///
/// faketime(1) cannot do it: its timerfd_settime takes every absolute timer for one of the wall
/// clock's, monotonic ones too, so that after a jump the timers of libdispatch never come.
///
/// Nothing may wait by that clock. Whoever does in spite of that is written down, with the call.
struct FalseClock {
    enum Time {
        /// Seconds from the true time.
        case shifted(Int64)
        /// It stands at these seconds since 1970.
        case standing(Int64)
    }

    private let folder: Scratch
    private let library: String
    private static let names = ["clock", "waits"]

    init(in folder: Scratch) throws {
        self.folder = folder
        library = try Shim.compile(Self.source, in: folder)
        for name in Self.names { try folder.write("", to: name) }
        try set(.shifted(0))
    }

    /// What starts a program under this clock.
    var wrapper: [String] {
        [
            "/usr/bin/env", "LD_PRELOAD=\(library)", "FALSE_CLOCK=\(folder.file("clock"))",
            "FALSE_CLOCK_WAITS=\(folder.file("waits"))",
        ]
    }

    /// In place, for the processes have mapped it.
    func set(_ time: Time) throws {
        let (isStanding, seconds): (Int64, Int64) =
            switch time {
            case .shifted(let seconds): (0, seconds)
            case .standing(let seconds): (1, seconds)
            }
        var octets = Data()
        for number in [isStanding, seconds] {
            for shift in stride(from: 0, to: 64, by: 8) {
                octets.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
            }
        }
        let file = try FileHandle(forUpdating: URL(filePath: folder.file("clock")))
        try file.write(contentsOf: octets)
        try file.close()
    }

    /// Who waited by the clock on the wall: `bascule: controller: pthread_cond_timedwait`.
    var waits: Set<String> {
        Set(folder.text(of: "waits").split(separator: "\n").map(String.init))
    }

    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <pthread.h>
        #include <semaphore.h>
        #include <stdint.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <sys/timerfd.h>
        #include <time.h>
        #include <unistd.h>

        static volatile const int64_t *clock_page;

        __attribute__((constructor)) static void map(void) {
            int fd = open(getenv("FALSE_CLOCK"), O_RDONLY | O_CLOEXEC);
            void *page = mmap(NULL, 16, PROT_READ, MAP_SHARED, fd, 0);
            if (fd < 0 || page == MAP_FAILED) abort();
            close(fd);
            clock_page = page;
        }

        #define REAL(name) __typeof__(name) *real = dlsym(RTLD_NEXT, #name)

        /* Opened anew each time: roles close what they do not know. */
        static void waited(const char *call) {
            char line[256], title[128] = "";
            int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
            if (fd >= 0) { (void)!read(fd, title, sizeof title - 1); close(fd); }
            int length = snprintf(line, sizeof line, "%s: %s\\n", title, call);
            fd = open(getenv("FALSE_CLOCK_WAITS"), O_WRONLY | O_APPEND | O_CLOEXEC);
            if (fd >= 0) { (void)!write(fd, line, (size_t)length); close(fd); }
        }

        static int is_wall(clockid_t clock) {
            return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE
                || clock == CLOCK_TAI;
        }

        static void lie(struct timespec *time) {
            if (clock_page[0]) { time->tv_sec = clock_page[1]; time->tv_nsec = 0; }
            else time->tv_sec += clock_page[1];
        }

        int clock_gettime(clockid_t clock, struct timespec *time) {
            REAL(clock_gettime);
            int result = real(clock, time);
            if (result == 0 && is_wall(clock)) lie(time);
            return result;
        }

        int gettimeofday(struct timeval *restrict time, void *restrict zone) {
            struct timespec now;
            (void)zone;
            clock_gettime(CLOCK_REALTIME, &now);
            time->tv_sec = now.tv_sec;
            time->tv_usec = now.tv_nsec / 1000;
            return 0;
        }

        time_t time(time_t *out) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (out) *out = now.tv_sec;
            return now.tv_sec;
        }

        int timespec_get(struct timespec *out, int base) {
            if (base == TIME_UTC) clock_gettime(CLOCK_REALTIME, out);
            return base == TIME_UTC ? base : 0;
        }

        /* Waits until a time of the false clock: written down, then as long as is left by it. */
        static struct timespec truly(const struct timespec *until) {
            struct timespec now, lied, true_until = *until;
            REAL(clock_gettime);
            real(CLOCK_REALTIME, &now);
            lied = now;
            lie(&lied);
            true_until.tv_sec += now.tv_sec - lied.tv_sec;
            return true_until;
        }

        int sem_timedwait(sem_t *sem, const struct timespec *until) {
            REAL(sem_timedwait);
            struct timespec end = truly(until);
            waited("sem_timedwait");
            return real(sem, &end);
        }

        int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until) {
            REAL(pthread_mutex_timedlock);
            struct timespec end = truly(until);
            waited("pthread_mutex_timedlock");
            return real(mutex, &end);
        }

        /* A condition remembers its clock in the second bit of its flags (glibc nptl). */
        int pthread_cond_timedwait(
            pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until
        ) {
            int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *)
                = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
            if (!real) real = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
            if (cond->__data.__wrefs & 2) return real(cond, mutex, until);
            struct timespec end = truly(until);
            waited("pthread_cond_timedwait");
            return real(cond, mutex, &end);
        }

        int clock_nanosleep(
            clockid_t clock, int flags, const struct timespec *time, struct timespec *left
        ) {
            REAL(clock_nanosleep);
            if (!is_wall(clock) || !(flags & TIMER_ABSTIME)) return real(clock, flags, time, left);
            struct timespec end = truly(time);
            waited("clock_nanosleep");
            return real(clock, flags, &end, left);
        }

        int timerfd_create(clockid_t clock, int flags) {
            REAL(timerfd_create);
            if (is_wall(clock)) waited("timerfd_create");
            return real(clock, flags);
        }

        int timer_create(clockid_t clock, struct sigevent *event, timer_t *timer) {
            REAL(timer_create);
            if (is_wall(clock)) waited("timer_create");
            return real(clock, event, timer);
        }
        """
}
